import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { listVolumes } from '@main/formats/volumes';
import { sharedPath } from '../shared-data';
import { chooseFolder, services, type App } from './app';
import { violationsInBoth } from './axe';
import { startWith } from './prepared';

/** A label map from files is corrected in View by mouse and by keys, saved step by step, and found again. */
const DATA = sharedPath('data/nifti/msd_hippocampus');
let app: App;
let page: Page;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'residua-masks-'));
  const files = join(dir, 'files');
  mkdirSync(files);
  copyFileSync(join(DATA, 'images/hippocampus_001.nii.gz'), join(files, 'image.nii.gz'));
  copyFileSync(join(DATA, 'labels/hippocampus_001.nii.gz'), join(files, 'parts.nii.gz'));
  writeFileSync(join(files, 'parts.txt'), '1 anterior\n2 posterior\n');
  app = await startWith('study');
  page = app.page;
  const { client, close } = await services(app);
  await client.project.setReader({ reader: 'Reader A' });
  close();
});
afterAll(async () => {
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
  expect(app.problems).toEqual([]);
});

const panel = (): Locator => page.locator('[data-mask]');
const pane = (name: string): Locator => page.locator(`[data-pane=${name}]`);
const saved = (): Promise<void> => panel().locator('[data-saved=saved]').waitFor();
/** Steps of the one mask of such a volume as they are on the disk. */
async function onDisk(kind: 'file' | 'volume' = 'file'): Promise<string[]> {
  const { client, close } = await services(app);
  const mask = (await client.masks.list({ volume: null })).find(({ volume }) => volume.startsWith(`${kind}:`));
  const steps = mask ? (await client.masks.open({ mask: mask.id })).steps : [];
  close();
  return steps.map(({ kind }) => kind);
}
async function showImage(): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: 'View' }).click();
  await chooseFolder(app, join(dir, 'files'), () => page.getByRole('button', { name: 'Open folder…' }).click());
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('row').filter({ hasText: 'image' }).getByRole('button', { name: 'Show' }).click();
  await panel().getByRole('button', { name: 'New mask' }).waitFor();
}
/** Colour of the canvas at a point of a pane. */
const colourAt = (name: string, x: number, y: number): Promise<number[]> =>
  pane(name).evaluate(
    (element, [dx, dy]) => {
      const canvas = document.querySelector<HTMLCanvasElement>('.stage-canvas')!;
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const context = copy.getContext('2d')!;
      context.drawImage(canvas, 0, 0);
      const ratio = canvas.width / canvas.clientWidth;
      const { left, top } = (element as HTMLElement).style;
      const at = [left, top].map((text, axis) => (parseFloat(text) + [dx, dy][axis]!) * ratio);
      return [...context.getImageData(Math.round(at[0]!), Math.round(at[1]!), 1, 1).data].slice(0, 3);
    },
    [x, y] as const,
  );
const tinted = async (name: string, x: number, y: number): Promise<boolean> => {
  const [r, , b] = await colourAt(name, x, y);
  return Math.abs(r! - b!) > 25;
};

describe('a mask', () => {
  it('is made of a label map that lies over its image, with its names', async () => {
    await showImage();
    await page.getByRole('button', { name: 'Volumes found' }).click();
    await page
      .getByRole('dialog')
      .getByRole('row')
      .filter({ hasText: 'parts' })
      .getByRole('button', { name: 'Lay over' })
      .click();
    await panel().getByRole('button', { name: 'Correct “parts' }).click();
    await saved();
    const names = panel().locator('fieldset input[type=text]');
    expect(await names.evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))).toEqual([
      'anterior',
      'posterior',
    ]);
    await page.locator('aside').getByRole('button', { name: 'Take off' }).first().click();
    expect(await violationsInBoth(page)).toEqual([]);
  });

  it('is drawn on with the brush, and what was drawn is on the disk when it says so', async () => {
    const box = (await pane('axial').boundingBox())!;
    const [x, y] = [Math.round(box.width * 0.35), Math.round(box.height * 0.3)];
    expect(await tinted('axial', x, y)).toBe(false);
    await page.mouse.move(box.x + x - 20, box.y + y);
    await page.mouse.down();
    await page.mouse.move(box.x + x + 20, box.y + y, { steps: 6 });
    await page.mouse.up();
    await expect.poll(() => tinted('axial', x, y)).toBe(true);
    await saved();
    expect(await onDisk()).toEqual(['edit']);
    await page.keyboard.press('Control+z');
    await expect.poll(() => tinted('axial', x, y)).toBe(false);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => tinted('axial', x, y)).toBe(true);
    await saved();
    expect(await onDisk()).toEqual(['edit', 'undo', 'redo']);
  });

  it('is worked by keys alone: tools, size, segments, and the tool at the crosshair', async () => {
    await page.keyboard.press('q');
    expect(await panel().getByRole('radio', { name: 'Draw posterior' }).isChecked()).toBe(true);
    await page.keyboard.press('d');
    await page.keyboard.press('.');
    await page.keyboard.press('Space');
    await page.keyboard.press('e');
    expect(await panel().getByRole('button', { name: 'Eraser' }).getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+K');
    await panel()
      .getByText(/One part|parts:/)
      .waitFor();
    await page.keyboard.press('Shift+A');
    await panel().getByRole('radio', { name: 'Draw Segment 3' }).waitFor();
    await saved();
    expect((await onDisk()).at(-1)).toBe('segments');
    // Digits stay class keys, which label no file.
    await page.keyboard.press('Digit1');
    expect(await panel().getByRole('radio', { name: 'Draw Segment 3' }).isChecked()).toBe(true);
  });

  it('is written below the exports', async () => {
    await panel().getByRole('button', { name: 'Export…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Format').selectOption('seg');
    await dialog.getByRole('button', { name: 'Write' }).click();
    const text = await dialog.getByText('Written:').innerText();
    expect(existsSync(text.replace('Written: ', ''))).toBe(true);
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  it('is found again after a restart of the window, and goes on where it was left', async () => {
    const before = (await onDisk()).length;
    await page.reload();
    await showImage();
    await panel()
      .getByRole('button', { name: /^Edit parts/ })
      .click();
    await saved();
    await page.keyboard.press('Control+z');
    await saved();
    await expect.poll(() => onDisk()).toHaveLength(before + 1);
    expect(await panel().getByRole('radio', { name: 'Draw Segment 3' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await panel().getByRole('button', { name: 'New mask' }).waitFor();
  });

  it('is drawn on a study of the project, found there again, and written in its place', async () => {
    await page.getByRole('button', { name: 'Back to the case' }).click();
    await page.locator('.stage[data-drawn]').waitFor();
    await panel().getByRole('button', { name: 'New mask' }).click();
    await saved();
    const box = (await pane('axial').boundingBox())!;
    const [x, y] = [Math.round(box.width * 0.35), Math.round(box.height * 0.3)];
    expect(await tinted('axial', x, y)).toBe(false);
    await page.mouse.move(box.x + x - 20, box.y + y);
    await page.mouse.down();
    await page.mouse.move(box.x + x + 20, box.y + y, { steps: 6 });
    await page.mouse.up();
    await expect.poll(() => tinted('axial', x, y)).toBe(true);
    await saved();
    expect(await onDisk('volume')).toEqual(['edit']);

    await page.reload();
    await page.locator('.stage[data-drawn]').waitFor();
    await panel()
      .getByRole('button', { name: /^Edit Mask/ })
      .click();
    await saved();
    await expect.poll(() => tinted('axial', x, y)).toBe(true);
    await panel().getByRole('button', { name: 'Export…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Write' }).click();
    const written = (await dialog.getByText('Written:').innerText()).replace('Written: ', '');
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    const { volumes } = await listVolumes([written, join(DATA, 'images/hippocampus_001.nii.gz')]);
    const [mask, image] = volumes.map(({ header: { size, spacing, origin, direction } }) => ({
      size,
      spacing,
      origin,
      direction,
    }));
    expect(mask).toEqual(image);
  });
});
