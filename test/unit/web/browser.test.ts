import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserShell } from '@main/web';
import { serveBrowserEndpoint } from '@main/web/browser';
import { testEndpoint } from './endpoint';

let shell: BrowserShell;
let dir: string;
let cookie: string;

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends exactly these headers, and the path as it is written. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: shell.port,
        path,
        method,
        headers: { Host: `127.0.0.1:${shell.port}`, ...headers },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    request.on('error', reject);
    request.end();
  });
}

const tokenPath = (): string => new URL(shell.link()).pathname + new URL(shell.link()).search;

/** HTTP status of a refused upgrade, or 101. */
function upgrade(headers: Record<string, string>, path = '/rpc'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { Origin, Host, ...rest } = headers;
    const socket = new WebSocket(`ws://127.0.0.1:${shell.port}${path}`, {
      headers: { ...rest, ...(Host ? { Host } : {}) },
      ...(Origin ? { origin: Origin } : {}),
    });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    socket.on('error', (error) => {
      if (!/Unexpected server response/.test(error.message)) reject(error);
    });
  });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'residua-web-'));
  mkdirSync(join(dir, 'root', 'assets'), { recursive: true });
  writeFileSync(join(dir, 'root', 'index.html'), '<!doctype html><title>app</title>');
  writeFileSync(join(dir, 'root', 'assets', 'app-1a2b.js'), 'export {}');
  writeFileSync(join(dir, 'root', '.secret.js'), 'hidden');
  writeFileSync(join(dir, 'outside.js'), 'outside');
  symlinkSync(join(dir, 'outside.js'), join(dir, 'root', 'assets', 'link.js'));
  shell = await serveBrowserEndpoint(testEndpoint(), { root: join(dir, 'root') });
  const first = await get(tokenPath());
  cookie = (first.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
});
afterAll(async () => {
  await shell.close();
  rmSync(dir, { recursive: true });
});

const origin = (): string => `http://127.0.0.1:${shell.port}`;

describe('the browser shell lets in only who holds a link', () => {
  it('listens on the loopback address alone', async () => {
    const others = (await import('node:os')).networkInterfaces();
    const address = Object.values(others)
      .flat()
      .find((a) => a && !a.internal && a.family === 'IPv4')?.address;
    if (!address) return;
    await expect(
      new Promise((resolve, reject) => {
        const socket = connect(shell.port, address, () => resolve('connected'));
        socket.on('error', reject);
      }),
    ).rejects.toThrow(/ECONNREFUSED/);
  });

  it('spends a token at its first use', async () => {
    const path = tokenPath();
    const first = await get(path);
    expect(first.status).toBe(200);
    expect(first.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^residua-${shell.port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    );
    const again = await get(path);
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  it('takes a spent link from a browser that is in already', async () => {
    const path = tokenPath();
    await get(path);
    const again = await get(path, { Cookie: cookie });
    expect(again.status).toBe(200);
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  it.each(['/', '/assets/app-1a2b.js', '/pixels/sample/1', '/?token=wrong', '/?token='])(
    'refuses %s without its cookie',
    async (path) => expect((await get(path)).status).toBe(401),
  );

  it('refuses a cookie that is not its own', async () => {
    const forged = cookie.slice(0, -1) + (cookie.endsWith('A') ? 'B' : 'A');
    expect((await get('/', { Cookie: forged })).status).toBe(401);
    expect((await get('/', { Cookie: cookie })).status).toBe(200);
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1'])(
    'refuses the host %j, so that no foreign name can be bent to this machine',
    async (host) => expect((await get('/', { Host: host, Cookie: cookie })).status).toBe(403),
  );

  it('answers to its names through a tunnel with another port', async () => {
    expect((await get('/', { Host: 'localhost:9999', Cookie: cookie })).status).toBe(200);
    expect((await get('/', { Host: '[::1]:9999', Cookie: cookie })).status).toBe(200);
  });

  it('refuses requests that another page makes, though the cookie came along', async () => {
    const from = (headers: Record<string, string>): Promise<Reply> =>
      get('/pixels/sample/1', { Cookie: cookie, ...headers });
    expect((await from({ Origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await from({ Origin: 'null' })).status).toBe(403);
    expect((await from({ 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors' })).status).toBe(403);
    expect((await from({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' })).status).toBe(403);
    expect((await from({ 'Sec-Fetch-Site': 'same-origin', Origin: origin() })).status).toBe(200);
  });

  it('refuses every method but GET and HEAD', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await get('/', { Cookie: cookie }, method)).status).toBe(405);
    expect((await get('/', { Cookie: cookie }, 'HEAD')).body).toBe('');
  });

  it('opens its channel only to its own page', async () => {
    const good = { Origin: origin(), Cookie: cookie };
    expect(await upgrade(good)).toBe(101);
    expect(await upgrade({ Cookie: cookie })).toBe(403);
    expect(await upgrade({ ...good, Origin: 'http://evil.example' })).toBe(403);
    expect(await upgrade({ ...good, Origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await upgrade({ ...good, Host: 'evil.example' })).toBe(403);
    expect(await upgrade({ Origin: origin() })).toBe(401);
    expect(await upgrade(good, '/other')).toBe(404);
  });
});

describe('the browser shell serves one folder', () => {
  it('with a strict policy on every answer', async () => {
    for (const reply of [
      await get('/', { Cookie: cookie }),
      await get('/'),
      await get('/nothing.js', { Cookie: cookie }),
    ]) {
      const policy = String(reply.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(reply.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('its files, and its page for places inside the app', async () => {
    const script = await get('/assets/app-1a2b.js', { Cookie: cookie });
    expect(script).toMatchObject({ status: 200, body: 'export {}' });
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['cache-control']).toContain('immutable');
    expect((await get('/browse/sample', { Cookie: cookie })).body).toContain('<title>app</title>');
    expect((await get('/assets/missing.js', { Cookie: cookie })).status).toBe(404);
  });

  it.each([
    '/../outside.js',
    '/..%2foutside.js',
    '/%2e%2e/outside.js',
    '/%2e%2e%2foutside.js',
    '/assets/..%5c..%5coutside.js',
    '/assets/%00.js',
    '//etc/passwd',
    '/.secret.js',
    '/assets/link.js',
    '/assets/%zz.js',
  ])('and nothing outside of it: %s', async (path) => {
    const { status, body } = await get(path, { Cookie: cookie });
    expect(status).toBe(404);
    expect(body).not.toMatch(/outside|hidden|root:/);
  });

  it('pixels below their own address', async () => {
    const reply = await get('/pixels/thumbs?keys=1,2', { Cookie: cookie });
    expect(reply).toMatchObject({ status: 200, body: 'pixels of thumbs?keys=1,2' });
    expect(reply.headers['cache-control']).toBe('no-store');
  });
});

it('says when a port is taken', async () => {
  await expect(serveBrowserEndpoint(testEndpoint(), { port: shell.port, root: dir })).rejects.toMatchObject({
    code: 'network-refused',
    reason: `port ${shell.port} is taken`,
  });
});
