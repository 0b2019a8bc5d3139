import type { Client } from '@shared/contract';
import type { Services } from '@main/api';

export interface SocketConnection {
  readonly client: Client;
  close(): void;
}
export interface SocketServer {
  readonly path: string;
  close(): Promise<void>;
}

/** A fresh path for this process's Unix socket, or its named pipe on Windows. */
export function socketPath(): string {
  throw new Error('under construction');
}

/** Lets command lines of the same user work through these services. */
export async function serveSocket(_services: Services, _path: string): Promise<SocketServer> {
  throw new Error('under construction');
}

/** The typed client of the process that answers at `path`. @throws UserError connection-lost */
export async function connectSocket(_path: string): Promise<SocketConnection> {
  throw new Error('under construction');
}
