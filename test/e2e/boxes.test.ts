import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { Client } from '@shared/contract';
import { hasShared, sharedPath } from '../shared-data';
import { services, startApp, type App } from './app';
import { violationsInBoth } from './axe';

/** Boxes in volumes of studies: drawn, moved and labelled where they are looked at. */
const folder = sharedPath('data', 'nifti', 'msd_hippocampus');
const SUBJECTS = 14;
let app: App;
let page: Page;
let dir: string;
let client: Client;
let close: () => void;

const importing = async (name: string, given: Parameters<Client['imports']['inspect']>[0]): Promise<void> => {
  const { importId } = await client.imports.inspect(given);
  const { suggested } = await client.imports.review({ importId });
  const classes = ['anterior', 'posterior'].map((word, id) => ({ id, name: word, short: word }));
  await client.imports.commit({
    importId,
    decisions: {
      name,
      dir: join(dir, `${name}.residua`),
      policy: 'new',
      positive: given.studies ? 0 : suggested.positive,
      kind: 'single',
      flips: false,
      ...(given.studies ? { classes } : {}),
    },
  });
};
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'residua-boxes-'));
  app = await startApp();
  page = app.page;
  ({ client, close } = await services(app));
});
afterAll(async () => {
  close?.();
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
  expect(app.problems).toEqual([]);
});

const pane = (name: string) => page.locator(`[data-pane=${name}]`);
const boxesIn = (name: string): Promise<number> => pane(name).locator('[data-box]').count();
async function drag(
  name: string,
  from: readonly [number, number],
  to: readonly [number, number],
  held?: () => Promise<void>,
): Promise<void> {
  const { x, y, width, height } = (await pane(name).boundingBox())!;
  await page.mouse.move(x + from[0] * width, y + from[1] * height);
  await page.mouse.down();
  await page.mouse.move(x + ((from[0] + to[0]) / 2) * width, y + ((from[1] + to[1]) / 2) * height);
  await page.mouse.move(x + to[0] * width, y + to[1] * height);
  await held?.();
  await page.mouse.up();
}

describe.runIf(hasShared)('boxes in volumes', () => {
  it('are drawn in one view, and seen in all', async () => {
    const images = readdirSync(join(folder, 'images')).sort().slice(0, SUBJECTS);
    await importing('Hippocampus', {
      paths: images.map((name) => join(folder, 'images', name)),
      studies: { patients: 'name' },
    });
    await client.project.setReader({ reader: 'Reader A' });
    const { input } = await client.project.setInput({
      grid: [8, 8, 8],
      spacing: [4, 4, 4],
      intensity: { kind: 'percentiles', low: 1, high: 99 },
    });
    expect(input).toMatchObject({ imageSize: 14, fullScale: 1, axes: 'three-axes' });
    await page.getByRole('navigation').getByRole('link', { name: 'View' }).click();
    await page.locator('.stage[data-drawn]').first().waitFor();
    await page.keyboard.press('b');
    // A class key that comes too early labels neither the volume nor anything else.
    await drag('axial', [0.42, 0.4], [0.58, 0.6], () => page.keyboard.press('1'));
    for (const name of ['axial', 'sagittal', 'coronal']) await expect.poll(() => boxesIn(name)).toBe(1);
    await expect.poll(() => pane('volume').locator('[data-outline] line').count()).toBe(12);
    const { boxes } = await client.boxes.list({});
    expect(boxes).toHaveLength(1);
    expect(boxes[0]!.id).toMatch(/\/box-1$/);
    const rows = await client.samples.rows({ keys: [...Array(SUBJECTS + 1).keys()] });
    expect(rows.map(({ class: label }) => label)).toEqual(Array(SUBJECTS + 1).fill(null));
  });

  it('are labelled by class keys, and shown as the network sees them', async () => {
    const [box] = (await client.boxes.list({})).boxes;
    await page.locator(`[data-box-item="${box!.key}"]`).waitFor();
    await expect.poll(() => page.locator('[data-class-key]').first().isEnabled()).toBe(true);
    await page.keyboard.press('2');
    const row = async () => (await client.samples.rows({ keys: [box!.key] }))[0]!;
    await expect.poll(async () => (await row()).class).toBe(1);
    expect((await row()).state).toBe('checked');
    const item = page.locator(`[data-box-item="${box!.key}"]`);
    await expect.poll(() => item.innerText()).toContain('posterior');
    // The input, not the screen: 14 pixels a side, and the screen's window changes none of them.
    const seen = page.locator('[data-seen=axial] canvas');
    const bytes = (): Promise<number[]> =>
      seen.evaluate((canvas: HTMLCanvasElement) => [
        canvas.width,
        ...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data,
      ]);
    const before = await bytes();
    expect(before[0]).toBe(14);
    expect(new Set(before.slice(1)).size).toBeGreaterThan(20);
    await page.keyboard.press('[');
    expect(await bytes()).toEqual(before);
  });

  it('are moved, resized, removed and brought back', async () => {
    const present = async () => (await client.boxes.list({})).boxes[0]?.box;
    const drawn = (await present())!;
    await drag('coronal', [0.5, 0.5], [0.53, 0.5]);
    await expect.poll(present).not.toEqual(drawn);
    const moved = (await present())!;
    expect(moved.size).toEqual(drawn.size);
    // By the keyboard: a number in the inspector, once that shows what the hand did.
    const middle = page.getByLabel('Middle, mm to the left');
    await expect.poll(async () => Math.abs(Number(await middle.inputValue()) - moved.centre[0])).toBeLessThan(0.1);
    const width = page.getByLabel('Size along the first axis, mm');
    await width.fill('20');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await present())!.size[0]).toBe(20);
    await pane('axial').focus();
    await page.keyboard.press('Delete');
    await expect.poll(present).toBeUndefined();
    await expect.poll(() => boxesIn('axial')).toBe(0);
    for (const expected of [[20, ...drawn.size.slice(1)], moved.size]) {
      await page.keyboard.press('Control+z');
      await expect.poll(async () => (await present())?.size).toEqual(expected);
    }
    await expect.poll(() => boxesIn('axial')).toBe(1);
    // One more by keys alone.
    await page.keyboard.press('Shift+B');
    await expect.poll(async () => (await client.boxes.list({})).boxes.length).toBe(2);
  });

  it('have no violation in either theme', async () => {
    expect(await violationsInBoth(page)).toEqual([]);
  });
});
