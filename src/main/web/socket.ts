import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import { endpointOf, type Endpoint, type Services } from '@main/api';
import type { Client } from '@shared/contract';
import { UserError } from '@shared/errors';
import { clientOver, linkBasics, linkSocket } from '@shared/rpc';
import { acceptRpc } from './rpcSocket';

export interface SocketConnection {
  readonly client: Client;
  close(): void;
}
export interface SocketServer {
  readonly path: string;
  close(): Promise<void>;
}

const NAME = /^residua-(\d+)-[0-9a-f]+\.sock$/;

/** A folder that only this user can enter. @throws Error where somebody else has made it */
function privateDir(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const dir = runtime && existsSync(runtime) ? join(runtime, 'residua') : join(tmpdir(), `residua-${userInfo().uid}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { uid } = statSync(dir);
  if (uid !== userInfo().uid) throw new Error(`${dir} belongs to somebody else`);
  chmodSync(dir, 0o700);
  return dir;
}

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** A fresh path for this process's Unix socket, or its named pipe on Windows. Takes away what crashed processes left. */
export function socketPath(): string {
  const random = randomBytes(8).toString('hex');
  if (process.platform === 'win32') return `\\\\.\\pipe\\residua-${process.pid}-${random}`;
  const dir = privateDir();
  for (const name of readdirSync(dir)) {
    const pid = NAME.exec(name)?.[1];
    if (pid && !lives(Number(pid))) rmSync(join(dir, name), { force: true });
  }
  return join(dir, `residua-${process.pid}-${random}.sock`);
}

/** Lets command lines of the same user work through these services. */
export const serveSocket = (services: Services, path: string): Promise<SocketServer> =>
  serveEndpoint(endpointOf(services), path);

/** @internal */
export async function serveEndpoint(endpoint: Endpoint, path: string): Promise<SocketServer> {
  const server = createServer((_request, response) => {
    response.writeHead(404).end();
  });
  // A browser cannot reach a socket of the file system, so whoever sends an origin is not who this is for.
  const rpc = acceptRpc(server, endpoint, ({ url, headers }) =>
    url !== '/rpc' ? 404 : headers.origin !== undefined ? 403 : null,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        rpc.close();
        server.close(() => resolve());
      }),
  };
}

/** The typed client of the process that answers at `path`, within so many milliseconds. @throws UserError connection-lost */
export async function connectSocket(path: string, within?: number): Promise<SocketConnection> {
  const websocket = new WebSocket('ws://localhost/rpc', {
    handshakeTimeout: within,
    createConnection: () => connect({ path, timeout: within }),
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    websocket.once('open', resolve);
    websocket.once('error', (cause) => {
      reject(new UserError('connection-lost', 'nobody answers there', { file: path, cause }));
    });
  });
  websocket.on('error', () => websocket.terminate());
  return {
    client: clientOver(
      new RPCLink({ websocket: linkSocket(websocket as unknown as globalThis.WebSocket), ...linkBasics() }),
    ),
    close: () => websocket.close(),
  };
}
