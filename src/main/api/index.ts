/** The services behind every window, browser tab and command line, and the procedures of the contract over them. */
export { createServices, type Pick, type Services } from './services';
export { localClient, endpointOf } from './router';
export { socketHandler, portHandler, type CallContext, type Endpoint } from './endpoint';
export { EventBus } from './events';
export { computeEntry, volumesEntry } from './entries';
