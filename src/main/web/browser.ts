import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endpointOf, type Endpoint, type Services } from '@main/api';
import { UserError } from '@shared/errors';
import { securityHeaders } from './headers';
import { acceptRpc } from './rpcSocket';
import { rendererDir, staticFile } from './static';

export interface BrowserShellOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Folder of the built renderer. */
  readonly root?: string;
}
export interface BrowserShell {
  readonly port: number;
  /** A fresh address with a one-time token. */
  link(): string;
  close(): Promise<void>;
}

const secret = (): string => randomBytes(32).toString('base64url');
const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** `name:port` of this machine as the browser wrote it (an SSH tunnel has a port of its own), or null for any other name. */
function localHost(request: IncomingMessage): string | null {
  const host = request.headers.host ?? '';
  const name = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/.exec(host)?.[1];
  return name && LOCAL_NAMES.has(name) ? host : null;
}

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/**
 * A page of another server may ask for nothing, not even one on this machine, which counts as the same *site*. A link that a
 * person follows is no request of that page; it gets a page of ours, and reads nothing.
 */
function fromElsewhere(request: IncomingMessage, host: string): boolean {
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return request.headers['sec-fetch-mode'] !== 'navigate' || request.headers['sec-fetch-dest'] !== 'document';
}

const cookieOf = (request: IncomingMessage, name: string): string | null => {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=');
    if (key === name && value) return value;
  }
  return null;
};

/** Serves the renderer, the contract and the pixels on 127.0.0.1 to whoever holds a link. @throws UserError where the port is taken */
export const serveBrowser = (services: Services, options: BrowserShellOptions = {}): Promise<BrowserShell> =>
  serveBrowserEndpoint(endpointOf(services), options);

/** @internal */
export async function serveBrowserEndpoint(
  endpoint: Endpoint,
  { port: asked = 0, root = rendererDir() }: BrowserShellOptions = {},
): Promise<BrowserShell> {
  const session = secret();
  const tokens = new Set<string>();
  let cookie = '';

  const signedIn = (request: IncomingMessage): boolean => equal(cookieOf(request, cookie) ?? '', session);
  const spend = (token: string): boolean => {
    const held = [...tokens].find((t) => equal(t, token));
    return held !== undefined && tokens.delete(held);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'Residua met a defect of its own.');
      else response.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = localHost(request);
    if (host === null || fromElsewhere(request, host)) return refuse(response, 403);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
    if (!request.url?.startsWith('/')) return refuse(response, 404);
    const url = new URL(`http://${host}${request.url}`);
    const token = url.searchParams.get('token');
    if (url.pathname === '/' && token !== null) {
      if (!spend(token)) return signedIn(request) ? goIn(response) : refuse(response, 401);
      response.setHeader('Set-Cookie', `${cookie}=${session}; HttpOnly; SameSite=Strict; Path=/`);
      return goIn(response);
    }
    if (!signedIn(request)) return refuse(response, 401);
    if (url.pathname.startsWith('/pixels/')) {
      const { status, type, body } = await endpoint.pixels(url.pathname.slice('/pixels/'.length) + url.search);
      return send(response, status, type, body);
    }
    // The page names its icon itself; browsers ask here all the same before they have read it.
    if (url.pathname === '/favicon.ico') return void response.writeHead(204).end();
    const file = (await staticFile(root, url.pathname)) ?? (isPage(url.pathname) ? await staticFile(root, '/') : null);
    if (!file) return refuse(response, 404);
    response.setHeader('Cache-Control', file.immutable ? 'private, max-age=31536000, immutable' : 'no-store');
    send(response, 200, file.type, file.body);
  }

  const rpc = acceptRpc(server, endpoint, (request) => {
    const host = localHost(request);
    // Browsers always say the origin of a WebSocket; without one it is no browser of ours.
    if (host === null || request.headers.origin !== `http://${host}` || fromElsewhere(request, host)) return 403;
    if (!signedIn(request)) return 401;
    return request.url === '/rpc' ? null : 404;
  });

  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? `port ${asked} is taken` : cause.message;
      reject(new UserError('network-refused', reason, { cause }));
    });
    server.listen(asked, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  cookie = `residua-${port}`;

  return {
    port,
    link: () => {
      const token = secret();
      tokens.add(token);
      return `http://127.0.0.1:${port}/?token=${token}`;
    },
    close: () =>
      new Promise((resolve) => {
        rpc.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A place inside the app, which the renderer's own router knows. */
const isPage = (path: string): boolean => /^(\/[\w-]+)*\/?$/.test(path) && !path.startsWith('/assets/');

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  const headers = { ...securityHeaders(), 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status);
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

const page = (head: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Residua</title>${head}</head><body>${body}</body></html>`;

/** From our own page on, so that the strict cookie travels even where a link on another page led here. */
function goIn(response: ServerResponse): void {
  send(response, 200, 'text/html; charset=utf-8', page('<meta http-equiv="refresh" content="0; url=/">', ''));
}

const REFUSED: Record<401 | 403 | 404 | 405, string> = {
  401: '<p>This address was used already, or is not complete. The terminal that runs Residua prints a fresh one: press Enter there.</p><p lang="zh-CN">此地址已被使用，或不完整。请在运行 Residua 的终端按回车，以获得新地址。</p>',
  403: '<p>Residua answers only its own pages.</p>',
  404: '<p>There is no such page.</p>',
  405: '<p>Residua answers only its own pages.</p>',
};

function refuse(response: ServerResponse, status: keyof typeof REFUSED): void {
  send(response, status, 'text/html; charset=utf-8', page('', REFUSED[status]));
}
