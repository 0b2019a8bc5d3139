import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { socketHandler, type Endpoint } from '@main/api';

/** A label change of 100,000 samples takes less than one megabyte. */
const MAX_MESSAGE = 32 * 1024 * 1024;
/** Milliseconds between signs of life. */
const HEARTBEAT = 30_000;
/** Signs that may stay away before a connection is given up: behind a sleep of the machine the first answer comes late. */
const MOST_MISSED = 2;

/** Answers the contract on `/rpc` of an HTTP server. @param refused why this upgrade may not be, as an HTTP status, or null */
export function acceptRpc(
  server: Server,
  endpoint: Endpoint,
  refused: (request: IncomingMessage) => 401 | 403 | 404 | null,
): { close(): void } {
  const handler = socketHandler(endpoint.router);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const status = refused(request);
    if (status !== null) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      let missed = 0;
      const beat = setInterval(() => {
        if (missed > MOST_MISSED) return ws.terminate();
        missed++;
        ws.ping();
      }, HEARTBEAT);
      ws.on('pong', () => (missed = 0));
      ws.on('close', () => clearInterval(beat));
      ws.on('error', () => ws.terminate());
      void handler.upgrade(ws, { context: {} });
    });
  });
  return {
    close: () => {
      for (const ws of sockets.clients) ws.terminate();
      sockets.close();
    },
  };
}
