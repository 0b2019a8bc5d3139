import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { z } from 'zod';
import type { AppEvent } from '@shared/domain';
import type { Client } from '@shared/contract';
import { clientOver, linkBasics, linkSocket } from '@shared/rpc';
import { ReconnectingSocket } from './socket';
import { subscribe } from './subscription';

declare global {
  interface Window {
    /** Set by Electron's preload; absent in a browser. */
    residua?: { readonly shell: 'electron' };
  }
}

// The content security policy allows no code from strings: zod must not try.
z.config({ jitless: true });

let projectId: string | null = null;

/** Every call and every pixel from now on is meant for this project; refused with `project-changed` once another one is open. */
export function useProject(id: string | null): void {
  projectId = id;
}

/** The services, typed. Every rejection is a `UserError`. */
export const client: Client = window.residua ? overPort() : overSocket();

function overPort(): Client {
  const { port1, port2 } = new MessageChannel();
  // The preload hands the other end to the services; nothing else listens for it.
  window.postMessage('residua-port', window.location.origin, [port2]);
  const link = new PortLink({ port: port1, ...linkBasics(() => projectId) });
  port1.start();
  return clientOver(link);
}

function overSocket(): Client {
  const websocket = new ReconnectingSocket(`ws://${window.location.host}/rpc`);
  return clientOver(new SocketLink({ websocket: linkSocket(websocket), ...linkBasics(() => projectId) }));
}

/** Listens to the services; see `subscribe`. */
export const onEvents = (
  onEvent: (event: AppEvent) => void,
  onConnection?: (connected: boolean) => void,
): (() => void) => subscribe(client, onEvent, onConnection);

/**
 * Address of pixels for `fetch` or an image, the same in both shells.
 * @param path of `pixelPath` in `@shared/pixels`
 */
export function pixelsUrl(path: string): string {
  const base = `${window.location.origin}/pixels/`;
  return /^(draft\/|volume\/|studies\?)/.test(path) || projectId === null
    ? base + path
    : `${base}of/${projectId}/${path}`;
}
