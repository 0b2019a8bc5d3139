/** The services behind every window, browser tab and command line, and the procedures of the contract over them. */
export { createServices, type Services, type ServicesOptions, type Pick, type Shell } from './services';
export { router, localClient, endpointOf } from './router';
export { socketHandler, portHandler, type ApiRouter, type CallContext, type Endpoint } from './endpoint';
export { pixelResponse, type PixelAnswer } from './pixels';
export { EventBus } from './events';
export { computeEntry } from './entries';
