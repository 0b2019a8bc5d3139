import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { niftiHeader } from '@main/formats/volumes/write/nifti';
import { chooseFolder, only, services, startApp, type App } from './app';
import { violations } from './axe';
import { readPng } from './baselines/compare';

/** The loop on volumes of studies, by hand: labels from a table of odd columns, a run, its opinion in View, and what it rests on. */
const COUNT = 40;
const SIZE = [16, 16, 12] as const;
let app: App;
let page: Page;
let root: string;

/** A ball in noise, on the patient's right (the first half of x) in the first class, on the left in the other. */
function writeBall(file: string, n: number): void {
  const [w, h, d] = SIZE;
  const left = n % 2;
  const centre = [left ? 11.5 : 3.5, 5 + ((n * 7) % 6), 4 + ((n * 5) % 4)];
  let state = n + 1;
  const voxels = Uint8Array.from({ length: w * h * d }, (_, i) => {
    const at = [i % w, Math.floor(i / w) % h, Math.floor(i / w / h)];
    const far = Math.hypot(...at.map((v, axis) => v - centre[axis]!));
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (far < 3 ? 180 : 40) + (state >>> 27);
  });
  const header = niftiHeader(
    {
      size: [...SIZE],
      spacing: [2, 2, 2],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      spacingKind: 'patient',
      type: 'uint8',
      components: 1,
    },
    'stored',
    file,
  );
  writeFileSync(file, Buffer.concat([header, voxels]));
}

beforeAll(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'residua-balls-')), 'balls');
  mkdirSync(root);
  const rows = ['reading,scan,side'];
  for (let n = 0; n < COUNT; n++) {
    const name = `${String(n).padStart(2, '0')}.nii`;
    writeBall(join(root, name), n);
    rows.push(`${n % 3},${name},${n % 2 ? 'left' : 'right'}`);
  }
  writeFileSync(join(root, 'sides.csv'), rows.join('\n'));
  app = await startApp();
  page = app.page;
});
afterAll(async () => {
  await app?.close();
  rmSync(join(root, '..'), { recursive: true, force: true });
  expect(app.problems).toEqual([]);
});

const picture = async (name: string): Promise<void> => {
  if (process.env.RESIDUA_PICTURES) await page.screenshot({ path: join(process.env.RESIDUA_PICTURES, `${name}.png`) });
};

const compute = () => page.getByRole('button', { name: 'Compute' });
const place = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click();

it('come in with labels by columns that the person names', async () => {
  await chooseFolder(app, root, () => page.getByRole('button', { name: 'Import a folder' }).click());
  await page.getByRole('button', { name: `Import ${COUNT} volumes` }).waitFor();
  // The table beside the volumes is offered.
  await page.getByRole('button', { name: 'Read labels from sides.csv' }).click();
  const role = (name: string) => page.getByRole('combobox', { name });
  // Nothing in the table is called a label: the columns stand open, and say so.
  await page.getByText('No column is known to hold the label').waitFor();
  await role('Names volumes').selectOption('scan');
  await expect.poll(() => role('Its cells are').inputValue()).toBe('file');
  await role('Label').selectOption('side');
  await page.getByText('Rows name files (column scan)').waitFor();
  for (const [scan, side] of [
    ['03', 'left'],
    ['04', 'right'],
  ])
    await page
      .getByRole('row', { name: new RegExp(`Take ${scan} `) })
      .getByRole('cell', { name: side })
      .waitFor();
  await picture('balls');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: `Import ${COUNT} volumes` }).click();
  await page.getByText(`${COUNT} volumes have come in`).waitFor();
  const { client, close } = await services(app);
  await client.project.setReader({ reader: 'Reader A' });
  const rows = await client.samples.rows({ keys: [...Array(COUNT).keys()] });
  close();
  for (const label of [0, 1]) expect(rows.filter((row) => row.class === label)).toHaveLength(COUNT / 2);
});

// One shell: training is the same process in both, and `view.test.ts` looks at what either draws.
only(
  'browser',
  'train a network by a click, and its opinion stands in View',
  async () => {
    await place('Train');
    await page.getByRole('button', { name: 'Start training', exact: true }).click();
    const { client, close } = await services(app);
    await expect
      .poll(async () => (await client.training.runs({})).map(({ state }) => state), { timeout: 240_000 })
      .toEqual(['done']);
    close();
    await picture('balls-train');
    await place('View');
    await page.locator('.stage[data-drawn]').first().waitFor();
    // Test samples have no opinion, and no heat map, before the run has scored them.
    for (let step = 0; step < COUNT && (await compute().count()) === 0; step++) await page.keyboard.press('PageDown');
    await page.getByText(/out of fold: this label was not used/).waitFor();
    await picture('balls-view');
  },
  300_000,
);

/** Mean place of warm pixels in the middle of the axial picture, from 0 (the patient's right) to 1; null where there are none. */
async function warmth(): Promise<number | null> {
  const { width, height, data } = readPng(await page.locator('[data-pane=axial]').screenshot());
  let [count, sum] = [0, 0];
  for (let y = Math.round(height * 0.15); y < height * 0.85; y++)
    for (let x = Math.round(width * 0.2); x < width * 0.8; x++) {
      const at = 4 * (y * width + x);
      if (data[at]! - data[at + 2]! < 40) continue;
      count++;
      sum += x / width;
    }
  return count > 100 ? sum / count : null;
}

only(
  'browser',
  'show what the opinion rests on, until a box changes what it is about',
  async () => {
    expect(await warmth()).toBeNull();
    await compute().click();
    await page.getByText(/^P\((left|right)\) is/).waitFor();
    const layer = page.getByRole('checkbox', { name: /Heat map/ });
    await layer.waitFor();
    await picture('balls-heat');
    const side = /P\((left|right)\)/.exec(await page.getByText(/^P\((left|right)\) is/).innerText())![1];
    await expect.poll(async () => ((await warmth()) ?? 0.5) > 0.5).toBe(side === 'left');
    expect(await warmth()).not.toBeNull();
    await page.keyboard.press('Shift+B');
    await expect.poll(() => layer.count()).toBe(0);
    await page.locator('[data-box-item]').first().waitFor();
    // The box's own lines are warm, too.
    await page.locator('[data-pane=axial]').focus();
    await page.keyboard.press('Delete');
    await expect.poll(warmth).toBeNull();
    expect(await page.getByText(/^P\((left|right)\) is/).count()).toBe(0);
  },
  120_000,
);
