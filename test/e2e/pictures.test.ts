import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { services, startApp, type App } from './app';
import { sampleKeys } from '@shared/sampleKeys';

/** Pictures are decoded in the process that holds the window, whose own libraries must not get in the way. */
let app: App;
let dir: string;
const COUNT = 60;

/** A picture that no other one resembles. */
const pixelsOf = (i: number): Uint8Array =>
  Uint8Array.from({ length: 64 * 48 }, (_, at) => (at * (i + 3) * 37 + ((at >> 4) * i) ** 2) % 256);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'residua-pictures-'));
  for (const name of ['one', 'two']) mkdirSync(join(dir, 'scans', name), { recursive: true });
  for (let i = 0; i < COUNT; i++)
    await sharp(pixelsOf(i), { raw: { width: 64, height: 48, channels: 1 } })
      .toColourspace('b-w')
      .toFile(join(dir, 'scans', i % 2 ? 'one' : 'two', `${i}.${['png', 'jpg', 'tif'][i % 3]}`));
  app = await startApp();
});
afterAll(async () => {
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
});

it('the running app imports a folder of PNG, JPEG and TIFF, and shows its pixels as they went in', async () => {
  const { client, close } = await services(app);
  try {
    const { importId } = await client.imports.inspect({ paths: [join(dir, 'scans')] });
    expect(await client.imports.review({ importId })).toMatchObject({ samples: COUNT, quarantined: [] });
    const decisions = {
      name: 'Scans',
      dir: join(dir, 'scans.residua'),
      policy: 'new',
      positive: 0,
      kind: 'single',
    } as const;
    await client.imports.commit({ importId, decisions: { ...decisions, flips: false } });
    const keys = await sampleKeys(client, { filter: { text: 'two/0.png' }, sort: 'id' });
    const { id } = (await client.project.info({}))!;
    const bytes = await app.page.evaluate(
      async (path) => [...new Uint8Array(await (await fetch(`${location.origin}${path}`)).arrayBuffer())],
      `/pixels/of/${id}/sample/${keys[0]}`,
    );
    expect(bytes.slice(32, 32 + 64 * 48)).toEqual([...pixelsOf(0)]);
  } finally {
    close();
  }
  expect(existsSync(join(dir, 'scans.residua', 'project.db'))).toBe(true);
});
