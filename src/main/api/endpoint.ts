import { RequestHeadersPlugin } from '@orpc/server/plugins';
import type { RequestHeadersPluginContext } from '@orpc/server/plugins';
import { RPCHandler as PortHandler } from '@orpc/server/message-port';
import { RPCHandler as SocketHandler } from '@orpc/server/ws';
import type { Router } from '@orpc/server';
import type { Contract } from '@shared/contract';
import type { PixelAnswer } from './pixels';

/** What a call carries beside its input. */
export type CallContext = RequestHeadersPluginContext;
/** The implemented contract. */
export type ApiRouter = Router<Contract, CallContext>;

/** All that a transport needs to know of the services. */
export interface Endpoint {
  readonly router: ApiRouter;
  /** Answers one URL below `pixels/`, path and query. */
  pixels(path: string): Promise<PixelAnswer>;
}

const handlerOptions = { plugins: [new RequestHeadersPlugin<CallContext>()] };

/** Messages of the contract over WebSockets (a browser's, or a command line's through the socket). */
export const socketHandler = (router: ApiRouter): SocketHandler<CallContext> =>
  new SocketHandler<CallContext>(router, handlerOptions);

/** Messages of the contract over MessagePorts (Electron's windows). */
export const portHandler = (router: ApiRouter): PortHandler<CallContext> =>
  new PortHandler<CallContext>(router, handlerOptions);
