import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { connectSocket, serveBrowser, serveSocket, socketPath } from '@main/web';
import type { Client } from '@shared/contract';
import type { AppEvent } from '@shared/domain';
import { decodeFrames, pixelPath } from '@shared/pixels';
import { clientOver, linkBasics, linkSocket } from '@shared/rpc';
import { importBreast, openServices, type Fixture } from './support';
import { sampleKeys } from '@shared/sampleKeys';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const fixture = (): Fixture => {
  const opened = openServices();
  ends.push(() => opened.close());
  return opened;
};

async function overWebSocket({
  services,
}: Fixture): Promise<{ client: Client; pixels: (path: string) => Promise<Response> }> {
  const root = mkdtempSync(join(tmpdir(), 'residua-root-'));
  const shell = await serveBrowser(services, { root });
  ends.push(async () => {
    await shell.close();
    rmSync(root, { recursive: true });
  });
  const signedIn = await fetch(shell.link());
  const headers = { Cookie: (signedIn.headers.get('set-cookie') ?? '').split(';')[0]! };
  const origin = `http://127.0.0.1:${shell.port}`;
  const websocket = new WebSocket(`ws://127.0.0.1:${shell.port}/rpc`, { origin, headers });
  await once(websocket, 'open');
  return {
    client: clientOver(
      new RPCLink({ websocket: linkSocket(websocket as unknown as globalThis.WebSocket), ...linkBasics() }),
    ),
    pixels: (path) => fetch(`${origin}/pixels/${path}`, { headers }),
  };
}

async function overUnixSocket({ services }: Fixture): Promise<{ client: Client }> {
  const server = await serveSocket(services, socketPath());
  const connection = await connectSocket(server.path);
  ends.push(async () => {
    connection.close();
    await server.close();
  });
  return connection;
}

describe.each([
  ['a WebSocket', overWebSocket],
  ['a Unix socket', overUnixSocket],
])('BreastMNIST over %s', (_name, connect) => {
  it('is imported, listed, labelled, undone and counted', async () => {
    const opened = fixture();
    const { client } = await connect(opened);
    const seen: AppEvent[] = [];
    const listening = new AbortController();
    void (async () => {
      for await (const event of await client.events({}, { signal: listening.signal })) seen.push(event);
    })().catch(() => undefined);
    ends.push(() => listening.abort());

    const dir = join(opened.home, 'breast.residua');
    const { review, result } = await importBreast(client, dir);
    expect(review).toMatchObject({
      samples: 780,
      duplicates: { exact: 1, near: 103, withDifferentLabels: 4, testLeaks: 28 },
    });
    expect(result).toMatchObject({ project: dir, samples: 780, splits: { train: 546, val: 78, test: 156 } });
    expect(readdirSync(join(opened.home, 'user', 'imports'))).toEqual([]);

    const info = await client.project.info({});
    expect(info).toMatchObject({ dir, samples: 780, changedSinceRun: null });
    await client.project.setReader({ reader: 'Dr Test' });

    const keys = await sampleKeys(client, { filter: { splits: ['train'] }, sort: 'id' });
    expect(keys).toHaveLength(546);
    const [row] = await client.samples.rows({ keys: [keys[9]!] });
    expect(row).toMatchObject({ id: 'train_0009', state: 'labelled' });

    const other = row!.class === 0 ? 1 : 0;
    const saved = await client.labels.set({
      keys: [row!.key],
      change: { class: other },
      origin: 'read',
      context: null,
    });
    expect(saved.saved).toBe(true);
    expect((await client.samples.rows({ keys: [row!.key] }))[0]).toMatchObject({
      class: other,
      state: 'checked',
      reader: 'Dr Test',
    });
    const undone = await client.labels.undo({});
    expect(undone).toMatchObject({ sample: 'train_0009', newValue: { class: row!.class } });
    const activity = await client.labels.activity({ before: null, limit: 10, withoutImported: true });
    expect(activity.events.map((event) => event.origin)).toEqual(['undo', 'read']);
    const detail = await client.samples.detail({ key: row!.key });
    expect(detail.history.map((event) => event.origin)).toEqual(['imported', 'read', 'undo']);

    const labels = seen.filter((event) => event.type === 'labels');
    expect(labels.map((event) => event.keys)).toEqual([[row!.key], [row!.key]]);
    expect(labels[0]!.journal).toBeLessThan(labels[1]!.journal);
    expect(seen[0]).toEqual({ type: 'project', info: null });
    expect(seen.some((event) => event.type === 'import' && event.progress.stage === 'writing')).toBe(true);
  });
});

describe('pixels', () => {
  it('come as stored, of the project that the window shows', async () => {
    const opened = fixture();
    const { client, pixels } = await overWebSocket(opened);
    await importBreast(client, join(opened.home, 'breast.residua'));
    const { id } = (await client.project.info({}))!;

    const frames = decodeFrames(await (await pixels(`of/${id}/${pixelPath.thumbs([3, 1, 2])}`)).arrayBuffer());
    expect(frames.map(({ key, width, height, type }) => ({ key, width, height, type }))).toEqual(
      [3, 1, 2].map((key) => ({ key, width: 28, height: 28, type: 'uint8' })),
    );
    const [whole] = decodeFrames(await (await pixels(pixelPath.sample(3))).arrayBuffer());
    expect(whole!.data).toEqual(frames[0]!.data);
    const [input] = decodeFrames(await (await pixels(pixelPath.input(3))).arrayBuffer());
    expect(input).toMatchObject({ width: 84, height: 84, channels: 3, type: 'uint8' });

    const refused = await pixels(`of/another/${pixelPath.sample(3)}`);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: 'project-changed' });
    for (const [path, code] of [
      ['sample/780', 'sample-missing'],
      ['sample/..', 'value-invalid'],
      ['sample/-1', 'value-invalid'],
      ['thumbs?keys=', 'value-invalid'],
      [`thumbs?keys=${Array(201).fill(1).join(',')}`, 'value-invalid'],
      ['draft/none?keys=1', 'cancelled'],
      ['other', 'value-invalid'],
    ] as const)
      expect(await (await pixels(path)).json()).toMatchObject({ code });
  });

  it('of an import can be seen before it is fixed', async () => {
    const opened = fixture();
    const { client, pixels } = await overWebSocket(opened);
    const { importId } = await client.imports.inspect({ paths: [], sample: 'breastmnist' });
    await client.imports.review({ importId });
    const frames = decodeFrames(await (await pixels(pixelPath.draft(importId, [0, 779]))).arrayBuffer());
    expect(frames.map(({ key }) => key)).toEqual([0, 779]);
    await client.imports.cancel({ importId });
    expect((await pixels(pixelPath.draft(importId, [0]))).status).toBe(422);
    expect(existsSync(join(opened.home, 'user', 'imports', importId))).toBe(false);
  });
});
