import { createORPCClient, ORPCError } from '@orpc/client';
import type { ClientLink } from '@orpc/client';
import type { StandardLinkInterceptorOptions, StandardLinkPlugin } from '@orpc/client/standard';
import { RequestValidationPlugin, ResponseValidationPlugin } from '@orpc/contract/plugins';
import { contract } from './contract';
import type { Client } from './contract';
import { UserError, userErrorData } from './errors';

/** Names the project that a window shows, so that a label never lands in another one that was opened meanwhile. */
export const PROJECT_HEADER = 'residua-project';

/** What every link to the services is made with, whatever carries its messages. */
export interface LinkBasics {
  readonly plugins: StandardLinkPlugin<Record<never, never>>[];
  readonly interceptors: ((options: InterceptedCall) => Promise<unknown>)[];
  readonly headers: () => Record<string, string>;
}
type InterceptedCall = StandardLinkInterceptorOptions<Record<never, never>> & { next(): Promise<unknown> };

/**
 * Both ends check every message against the contract; every failure that reaches a caller is a `UserError`.
 * @param project id of the project that the caller works on, or null where that does not matter
 */
export function linkBasics(project: () => string | null = () => null): LinkBasics {
  return {
    plugins: [new RequestValidationPlugin(contract), new ResponseValidationPlugin(contract)],
    interceptors: [({ next }) => next().catch((error: unknown) => Promise.reject(clientError(error)))],
    headers: (): Record<string, string> => {
      const id = project();
      return id === null ? {} : { [PROJECT_HEADER]: id };
    },
  };
}

type LinkSocket = Pick<WebSocket, 'addEventListener' | 'removeEventListener' | 'send' | 'readyState'>;
const [CONNECTING, OPEN] = [0, 1] as const;
/** A message that calls off a call (oRPC's peer protocol, type 4). */
const CALLS_OFF = /"t":4\b/;

/**
 * A socket for oRPC's link. To call something off that went with its connection is no failure, but the link would leave
 * that one's rejection unhandled, which ends a Node process.
 */
export const linkSocket = (socket: LinkSocket): LinkSocket => ({
  addEventListener: socket.addEventListener.bind(socket),
  removeEventListener: socket.removeEventListener.bind(socket),
  get readyState() {
    return socket.readyState === CONNECTING ? CONNECTING : OPEN;
  },
  send: (data) => {
    if (socket.readyState === OPEN) socket.send(data);
    else if (typeof data !== 'string' || !CALLS_OFF.test(data)) throw new Error('the connection is closed');
  },
});

/** The typed client over a link. */
export const clientOver = (link: ClientLink<Record<never, never>>): Client => createORPCClient<Client>(link);

const issuesOf = (data: unknown): string => {
  const issues = (data as { issues?: { path?: unknown[]; message?: string }[] } | undefined)?.issues ?? [];
  return issues
    .slice(0, 3)
    .map((issue) => [issue.path?.join('.'), issue.message].filter(Boolean).join(': '))
    .join('; ');
};

/** What a caller sees of an error that came over the wire. */
export function clientError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof ORPCError) {
    const known = error.code === 'USER' ? userErrorData.safeParse(error.data) : null;
    if (known?.success) return UserError.fromData(known.data);
    if (error.code === 'BAD_REQUEST')
      return new UserError('value-invalid', issuesOf(error.data) || error.message, { cause: error });
    return new UserError('internal', error.message, { cause: error });
  }
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return new UserError('connection-lost', 'the connection to Residua was lost', { cause: error });
  if (error instanceof Error && /not open|closed/i.test(error.message))
    return new UserError('connection-lost', 'the connection to Residua was lost', { cause: error });
  return new UserError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}
