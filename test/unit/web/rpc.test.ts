import { once } from 'node:events';
import { rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { portHandler } from '@main/api';
import { connectSocket, socketPath } from '@main/web';
import { serveBrowserEndpoint } from '@main/web/browser';
import { serveEndpoint } from '@main/web/socket';
import { ReconnectingSocket } from '@renderer/app/socket';
import { subscribe } from '@renderer/app/subscription';
import type { Client } from '@shared/contract';
import type { AppEvent } from '@shared/domain';
import { UserError } from '@shared/errors';
import { clientError, clientOver, linkBasics, linkSocket, PROJECT_HEADER } from '@shared/rpc';
import { testEndpoint } from './endpoint';

type Opened = { client: Client; endpoint: ReturnType<typeof testEndpoint>; close: () => void | Promise<void> };
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A signed-in browser's WebSocket. */
async function browserSocket(shell: { link(): string; port: number }): Promise<(url: string) => WebSocket> {
  const reply = await fetch(shell.link());
  const cookie = (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return (url) => new WebSocket(url, { origin: `http://127.0.0.1:${shell.port}`, headers: { Cookie: cookie } });
}

const ways: Record<string, (project?: () => string | null) => Promise<Opened>> = {
  MessagePort: async (project) => {
    const endpoint = testEndpoint();
    const { port1, port2 } = new MessageChannel();
    portHandler(endpoint.router).upgrade(port2, { context: {} });
    const link = new PortLink({ port: port1, ...linkBasics(project) });
    port1.start();
    port2.start();
    return { client: clientOver(link), endpoint, close: () => port1.close() };
  },
  WebSocket: async (project) => {
    const endpoint = testEndpoint();
    const shell = await serveBrowserEndpoint(endpoint, { root: '.' });
    const websocket = (await browserSocket(shell))(`ws://127.0.0.1:${shell.port}/rpc`);
    await once(websocket, 'open');
    const link = new SocketLink({
      websocket: linkSocket(websocket as unknown as globalThis.WebSocket),
      ...linkBasics(project),
    });
    return { client: clientOver(link), endpoint, close: () => (websocket.close(), shell.close()) };
  },
  'Unix socket or pipe': async () => {
    const endpoint = testEndpoint();
    const server = await serveEndpoint(endpoint, socketPath());
    const { client, close } = await connectSocket(server.path);
    return { client, endpoint, close: () => (close(), server.close()) };
  },
};

const change = { keys: [1, 2], change: { class: 1 }, origin: 'read', context: null } as const;

describe.each(Object.entries(ways))('the contract over a %s', (_name, open) => {
  const opened = async (project?: () => string | null): Promise<Opened> => {
    const all = await open(project);
    ends.push(all.close);
    return all;
  };

  it('carries calls and answers', async () => {
    const { client } = await opened();
    expect(await client.labels.set({ ...change, keys: [1, 2] })).toEqual({
      saved: true,
      events: ['event-1', 'event-2'],
      batch: null,
      journal: 2,
    });
  });

  it('refuses calls that break the contract, on the caller’s side and on ours', async () => {
    const { client, endpoint } = await opened();
    const wrong = { ...change, keys: ['one'] } as unknown as Parameters<Client['labels']['set']>[0];
    await expect(client.labels.set(wrong)).rejects.toMatchObject({
      code: 'value-invalid',
      message: expect.stringContaining('keys.0'),
    });
    expect(endpoint.headers).toHaveLength(0);
  });

  it('refuses answers that break the contract', async () => {
    const { client } = await opened();
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await expect(client.labels.redo({})).rejects.toMatchObject({ code: 'internal' });
  });

  it('carries an error that a person can act on as what it is', async () => {
    const { client } = await opened();
    const error = await client.labels.undo({}).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'nothing-to-undo', file: 'labels', reason: 'there is nothing to undo' });
  });

  it('carries events in order, from the present state on, and ends with the listener', async () => {
    const { client, endpoint } = await opened();
    const listening = new AbortController();
    const events = await client.events({}, { signal: listening.signal });
    const seen: AppEvent[] = [];
    const done = (async () => {
      for await (const event of events) {
        seen.push(event);
        if (seen.length === 101) return;
      }
    })();
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    for (let journal = 0; journal < 100; journal++)
      endpoint.events.publish({ type: 'labels', keys: [journal], journal, changedSinceRun: null });
    await done;
    expect(seen[0]).toEqual({ type: 'project', info: null });
    expect(seen.slice(1).map((event) => (event.type === 'labels' ? event.journal : -1))).toEqual([
      ...Array(100).keys(),
    ]);
    await vi.waitFor(() => expect(endpoint.events.subscribers).toBe(0));
  });
});

it.each(['MessagePort', 'WebSocket'])('a window says over its %s which project each call is meant for', async (way) => {
  let project: string | null = null;
  const { client, endpoint, close } = await ways[way]!(() => project);
  ends.push(close);
  await client.labels.set({ ...change, keys: [1] });
  project = 'p-1';
  await client.labels.set({ ...change, keys: [1] });
  expect(endpoint.headers.map((headers) => headers.get(PROJECT_HEADER))).toEqual([null, 'p-1']);
});

it('checks calls on our side too, whatever a caller sends', async () => {
  const endpoint = testEndpoint();
  const { port1, port2 } = new MessageChannel();
  portHandler(endpoint.router).upgrade(port2, { context: {} });
  const link = new PortLink({ port: port1 });
  port1.start();
  port2.start();
  ends.push(() => port1.close());
  const raw = clientOver(link);
  const wrong = { ...change, keys: [0.5] } as unknown as Parameters<Client['labels']['set']>[0];
  await expect(raw.labels.set(wrong)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

describe('a window whose connection breaks', () => {
  it('connects again, hears the present state first, and calls go on', async () => {
    const endpoint = testEndpoint();
    const shell = await serveBrowserEndpoint(endpoint, { root: '.' });
    ends.push(() => shell.close());
    const dial = await browserSocket(shell);
    const dialled: WebSocket[] = [];
    const websocket = new ReconnectingSocket(`ws://127.0.0.1:${shell.port}/rpc`, (url) => {
      dialled.push(dial(url));
      return dialled.at(-1) as unknown as globalThis.WebSocket;
    });
    ends.push(() => websocket.close());
    const client = clientOver(new SocketLink({ websocket: linkSocket(websocket), ...linkBasics() }));
    const seen: AppEvent[] = [];
    const states: boolean[] = [];
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const stop = subscribe(
      client,
      (event) => seen.push(event),
      (connected) => states.push(connected),
    );
    ends.push(stop);
    await vi.waitFor(() => expect(seen).toHaveLength(1));

    dialled[0]!.terminate();
    await vi.waitFor(() => expect(seen).toHaveLength(2), { timeout: 5000 });
    expect(states).toEqual([true, false, true]);
    expect(seen[1]).toEqual({ type: 'project', info: null });
    await expect(client.labels.set({ ...change, keys: [3] })).resolves.toMatchObject({ saved: true });
  });

  it('fails the calls that were under way, as a lost connection', async () => {
    const endpoint = testEndpoint();
    const server = await serveEndpoint(endpoint, socketPath());
    const { client, close } = await connectSocket(server.path);
    ends.push(close);
    const events = await client.events({});
    await events.next();
    const next = events.next().catch((e: unknown) => e);
    await server.close();
    expect(await next).toBeInstanceOf(Error);
    await expect(client.labels.undo({})).rejects.toMatchObject({ code: 'connection-lost' });
  });
});

describe.skipIf(process.platform === 'win32')('the socket of command lines', () => {
  it('is for this user only, and goes with its server', async () => {
    const server = await serveEndpoint(testEndpoint(), socketPath());
    expect(statSync(server.path).mode & 0o777).toBe(0o600);
    expect(statSync(server.path.replace(/\/[^/]*$/, '')).mode & 0o777).toBe(0o700);
    await server.close();
    expect(existsSync(server.path)).toBe(false);
    await expect(connectSocket(server.path)).rejects.toMatchObject({ code: 'connection-lost', file: server.path });
  });

  it('does not wait for a process that is stopped', async () => {
    const { createServer } = await import('node:net');
    const path = socketPath();
    const taken: { destroy(): void }[] = [];
    const server = createServer((socket) => void taken.push(socket)).listen(path);
    ends.push(() => (taken.forEach((socket) => socket.destroy()), void server.close()));
    await once(server, 'listening');
    await expect(connectSocket(path, 50)).rejects.toMatchObject({ code: 'connection-lost' });
  });

  it('tells of a call that was not answered in time as of a lost connection', async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(clientError(signal.reason)).toMatchObject({ code: 'connection-lost' });
  });

  it('clears what a crashed process left', () => {
    const left = socketPath().replace(/residua-\d+-/, 'residua-99999999-');
    writeFileSync(left, '');
    socketPath();
    expect(existsSync(left)).toBe(false);
    rmSync(left, { force: true });
  });

  it('refuses whoever comes from a web page', async () => {
    const server = await serveEndpoint(testEndpoint(), socketPath());
    ends.push(() => server.close());
    const { connect } = await import('node:net');
    const status = await new Promise((resolve) => {
      const ws = new WebSocket('ws://localhost/rpc', {
        createConnection: () => connect(server.path),
        origin: 'http://evil.example',
      });
      ws.on('error', () => undefined);
      ws.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    expect(status).toBe(403);
  });
});
