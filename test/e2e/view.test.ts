import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from 'vite';
import type { Page } from 'playwright-core';
import type { Grid, Vec3 } from '@shared/space';
import { chooseFolder, services, shell, type App } from './app';
import { violationsInBoth } from './axe';
import { startWith, VOLUMES } from './prepared';
import { ALLOWED, baseline, difference, readPng, unlike } from './baselines/compare';
import { withBlankText } from './baselines/blankText';
import type { Ask, Seen } from './views/harness';
import type { State } from './views/states';

/** The place View: volumes of a project, labelled where they are looked at; and what its planes draw, voxel by voxel. */
let app: App;
let page: Page;
let dir: string;
const { depth: DEPTH, height: HEIGHT, width: WIDTH } = VOLUMES;
const root = resolve(import.meta.dirname, '../..');

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'residua-view-'));
  app = await startWith('volumes');
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

const pane = (name: string) => page.locator(`[data-pane=${name}]`);
const drawn = (): Promise<unknown> => page.locator('.stage[data-drawn]').first().waitFor();
const caseName = (): Promise<string> => page.locator('aside h2').first().innerText();

describe('the place', () => {
  it('opens the selected case at its middle slice, in linked planes', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'View' }).click();
    await drawn();
    expect(await pane('axial').getAttribute('aria-label')).toBe(`Slices, slice ${DEPTH / 2 + 1} / ${DEPTH}`);
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => pane('axial').getAttribute('aria-label')).toContain(`slice ${DEPTH / 2 + 2} / ${DEPTH}`);
    await pane('axial').click({ position: { x: 200, y: 60 } });
    const across = await pane('coronal').getAttribute('aria-label');
    await pane('axial').click({ position: { x: 200, y: 180 } });
    await expect.poll(() => pane('coronal').getAttribute('aria-label')).not.toBe(across);
  });

  it('labels with the keys of Browse, walks its queue, and undo comes back', async () => {
    const first = await caseName();
    await page.keyboard.press('Digit2');
    await expect.poll(caseName).not.toBe(first);
    await drawn();
    await page.keyboard.press('PageUp');
    await expect.poll(caseName).toContain(first);
    expect(await page.locator('aside').first().innerText()).toContain('checked');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Control+z');
    await expect.poll(caseName).toContain(first);
  });

  it('is worked by keys alone: tools, window, layouts, measures', async () => {
    await page.keyboard.press('Shift+L');
    await expect
      .poll(() =>
        pane('sagittal')
          .boundingBox()
          .then((box) => box!.width),
      )
      .toBeLessThan(400);
    await page.keyboard.press('Shift+L');
    await expect.poll(() => page.locator('[data-pane]').count()).toBe(1);
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('[data-pane]').count()).toBe(4);
    const grey = pane('axial').locator('.grey');
    const before = await grey.innerText();
    await page.keyboard.press(']');
    await expect.poll(() => grey.innerText()).not.toBe(before);
    await page.keyboard.press('Shift+R');
    await expect.poll(() => grey.innerText()).toBe(before);
    await page.keyboard.press('m');
    await pane('axial').click({ position: { x: 150, y: 100 } });
    await pane('axial').click({ position: { x: 200, y: 100 } });
    await expect.poll(() => pane('axial').locator('text').textContent()).toMatch(/\d px/);
    await page.keyboard.press('Backspace');
    await expect.poll(() => pane('axial').locator('text').count()).toBe(0);
    await page.keyboard.press('c');
  });

  it('has no violation in either theme', async () => {
    expect(await violationsInBoth(page)).toEqual([]);
  });

  it('draws again after the driver took the context away', async () => {
    const lose = (): Promise<void> =>
      page.evaluate(() => {
        const gl = document.querySelector<HTMLCanvasElement>('.stage-canvas')!.getContext('webgl2')!;
        const extension = gl.getExtension('WEBGL_lose_context')!;
        extension.loseContext();
        setTimeout(() => extension.restoreContext(), 300);
      });
    await lose();
    await page.getByRole('alert').waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await drawn();
  });
});

/** A NIfTI-1 file: voxels along right, front and head, 1 × 2 × 3 mm, the first one at (10, 20, 30) to right, front and head. */
function nifti(values: Uint8Array): Buffer {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [3, WIDTH, HEIGHT, DEPTH, 1, 1, 1, 1].forEach((n, i) => header.writeInt16LE(n, 40 + 2 * i));
  header.writeInt16LE(2, 70);
  header.writeInt16LE(8, 72);
  [1, 1, 2, 3].forEach((n, i) => header.writeFloatLE(n, 76 + 4 * i));
  header.writeFloatLE(352, 108);
  header.writeUInt8(2, 123);
  header.writeInt16LE(1, 254);
  const rows = [
    [1, 0, 0, 10],
    [0, 2, 0, 20],
    [0, 0, 3, 30],
  ];
  rows.flat().forEach((n, i) => header.writeFloatLE(n, 280 + 4 * i));
  header.write('n+1\0', 344, 'latin1');
  return Buffer.concat([header, values]);
}

describe('volumes in files', () => {
  it('are shown where the file places them, and lie over each other', async () => {
    const folder = mkdtempSync(join(dir, 'files-'));
    const values = new Uint8Array(WIDTH * HEIGHT * DEPTH);
    values[(3 * HEIGHT + 4) * WIDTH + 5] = 77;
    writeFileSync(join(folder, 'image.nii'), nifti(values));
    writeFileSync(join(folder, 'parts.nii'), nifti(values.map((_, i) => (i % WIDTH < 3 ? 2 : i % WIDTH > 6 ? 5 : 0))));
    writeFileSync(join(folder, 'parts.txt'), '2 right side\n5 left side\n');
    writeFileSync(join(folder, 'broken.nii'), nifti(values).subarray(0, 600));
    await chooseFolder(app, folder, () => page.getByRole('button', { name: 'Open folder…' }).click());
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/files? (is|are) not read/).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await dialog.getByRole('row').filter({ hasText: 'image' }).getByRole('button', { name: 'Show' }).click();
    const facts = page.locator('aside').first();
    await expect.poll(() => facts.innerText()).toContain('77 · R 15.0 A 28.0 S 39.0 mm');
    expect(await facts.innerText()).toContain('RAS, straight');
    expect(await pane('axial').locator('.letter').allInnerTexts()).toEqual(['R', 'L', 'A', 'P']);
    expect(await pane('sagittal').locator('.letter').allInnerTexts()).toEqual(['A', 'P', 'S', 'I']);
    // A file is no sample: no key labels it.
    expect(await page.locator('[data-class-key]').first().isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Volumes found' }).click();
    await dialog.getByRole('row').filter({ hasText: 'parts' }).getByRole('button', { name: 'Lay over' }).click();
    await facts.getByText('2 labels').click();
    expect(await facts.innerText()).toMatch(/right side\s+left side/);
    expect(await violationsInBoth(page)).toEqual([]);
    // Two studies at one place: where one goes in millimetres the other goes too.
    await page.getByRole('button', { name: 'Volumes found' }).click();
    await dialog.getByRole('row').filter({ hasText: 'parts' }).getByRole('button', { name: 'Compare' }).click();
    const both = (): Promise<(string | null)[]> =>
      Promise.all(['axial', 'other-axial'].map((name) => pane(name).getAttribute('aria-label')));
    await expect.poll(both).toEqual(Array(2).fill(`Axial, slice 4 / ${DEPTH}`));
    await pane('other-axial').click();
    await page.mouse.wheel(0, 80);
    await expect.poll(both).toEqual(Array(2).fill(`Axial, slice 6 / ${DEPTH}`));
    await page.getByRole('button', { name: 'Move together' }).click();
    await page.mouse.move(500, 400);
    await pane('axial').hover();
    await page.mouse.wheel(0, -40);
    await expect.poll(both).toEqual([`Axial, slice 5 / ${DEPTH}`, `Axial, slice 6 / ${DEPTH}`]);
    await page.getByRole('button', { name: 'End comparison' }).click();
    await expect.poll(() => pane('other-axial').count()).toBe(0);
    await page.keyboard.press('PageDown');
    await expect.poll(() => page.locator('[data-class-key]').first().isDisabled()).toBe(false);
  });

  it('look as their baseline does: three planes, the whole, a heat map with its colours, boxes for words', async () => {
    const folder = mkdtempSync(join(dir, 'heat-'));
    const at = (i: number): number[] => [i % WIDTH, Math.floor(i / WIDTH) % HEIGHT, Math.floor(i / (WIDTH * HEIGHT))];
    const values = Uint8Array.from({ length: WIDTH * HEIGHT * DEPTH }, (_, i) => {
      const [x, y, z] = at(i) as [number, number, number];
      return 20 + 9 * x + 6 * y + 12 * z;
    });
    // Negative and fractional by its header's scale: no labels, but heat.
    const heat = nifti(Uint8Array.from(values, (value, i) => (at(i)[0]! > 4 ? value : 0)));
    heat.writeFloatLE(0.5, 112);
    heat.writeFloatLE(-3.25, 116);
    writeFileSync(join(folder, 'image.nii'), nifti(values));
    writeFileSync(join(folder, 'heat.nii'), heat);
    await chooseFolder(app, folder, () => page.getByRole('button', { name: 'Open folder…' }).click());
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('row').filter({ hasText: 'image' }).getByRole('button', { name: 'Show' }).click();
    await drawn();
    await page.getByRole('button', { name: 'Volumes found' }).click();
    await dialog.getByRole('row').filter({ hasText: 'heat' }).getByRole('button', { name: 'Lay over' }).click();
    await page.getByRole('img', { name: 'Colours from the least to the greatest value' }).waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.mouse.move(2, 2);
    const view = page.locator('.view');
    const shot = await withBlankText(page, async () => {
      // The whole is drawn once planes have been still for a moment.
      await page.waitForTimeout(1200);
      return view.screenshot({ animations: 'disabled', caret: 'hide' });
    });
    expect(unlike('page', shot)).toBeNull();
    await page.keyboard.press('PageDown');
  });
});

const SIZE = [9, 11, 7] as const;
const rad = (20 * Math.PI) / 180;
const [cos, sin] = [Math.cos(rad), Math.sin(rad)];
const rows = (...r: number[]): number[] => r;
const DIRECTIONS = {
  LPS: rows(1, 0, 0, 0, 1, 0, 0, 0, 1),
  RAS: rows(-1, 0, 0, 0, -1, 0, 0, 0, 1),
  oblique: rows(1, 0, 0, 0, cos, -sin, 0, sin, cos),
  tilted: rows(1, 0, 0, 0, 1, sin, 0, 0, cos),
};
/** Voxel (2, 8, 5) of 9 × 11 × 7 at 1 × 2 × 3 mm lies −2, +6 and +6 mm from the middle along the axes. */
const ask = (direction: keyof typeof DIRECTIONS, plane: Ask['plane'], more: Partial<Ask> = {}): Ask => ({
  grid: { size: SIZE, spacing: [1, 2, 3], origin: [30, -40, 50], direction: DIRECTIONS[direction] },
  voxel: [2, 8, 5],
  plane,
  oriented: true,
  scale: 0.125,
  ...more,
});

describe('what a plane draws', () => {
  let see: (asks: Ask[]) => Promise<Seen[]>;
  beforeAll(async () => {
    const built = await build({
      configFile: false,
      logLevel: 'error',
      resolve: { alias: { '@shared': join(root, 'src/shared'), '@renderer': join(root, 'src/renderer') } },
      build: {
        write: false,
        minify: false,
        lib: { entry: join(import.meta.dirname, 'views/harness.ts'), formats: ['iife'], name: 'views' },
      },
    });
    const [first] = Array.isArray(built) ? built : [built];
    const code = 'output' in first! ? first.output[0].code : '';
    await page.evaluate(code);
    see = (asks) => page.evaluate((all) => (window as unknown as { seeViews(a: Ask[]): Seen[] }).seeViews(all), asks);
  });

  /** To the right and downwards from the middle of the volume, and the voxel's size there, in millimetres. */
  it.each([
    ['LPS', 'axial', -2, 6, 1 * 2],
    ['LPS', 'coronal', -2, -6, 1 * 3],
    ['LPS', 'sagittal', 6, -6, 2 * 3],
    ['RAS', 'axial', 2, -6, 1 * 2],
    ['RAS', 'coronal', 2, -6, 1 * 3],
    ['RAS', 'sagittal', -6, -6, 2 * 3],
    ['oblique', 'axial', -2, 6, 1 * 2],
    ['oblique', 'sagittal', 6, -6, 2 * 3],
    ['tilted', 'axial', -2, 6 + 6 * sin, 1 * 2],
    ['tilted', 'coronal', -2, -6 * cos, null],
    ['tilted', 'sagittal', 6 + 6 * sin, -6 * cos, 2 * 3 * cos],
  ] as const)('%s, %s: the voxel at its place, in its size', async (direction, plane, right, down, area) => {
    const [seen] = await see([ask(direction, plane)]);
    expect(Math.abs(seen!.right - right)).toBeLessThan(0.1);
    expect(Math.abs(seen!.down - down)).toBeLessThan(0.1);
    if (area !== null) expect(Math.abs(seen!.area - area)).toBeLessThan(0.15);
    // Squares: nothing between black and white.
    expect(seen!.levels).toEqual([0, 255]);
  });

  it('draws stored values of every type alike', async () => {
    const types = ['uint8', 'int16', 'uint16', 'float32'] as const;
    const seen = await see(types.map((type) => ask('LPS', 'axial', { type })));
    for (const { levels } of seen) expect(levels).toEqual([0, 255]);
  });

  it.each([
    ['int16', 3071, -1024],
    ['int16', 0, -1],
    ['int16', 256, 255],
    ['uint16', 40_000, 32_767],
    ['float32', 3071.5, -1024.5],
  ] as const)('keeps values of %s apart over their whole range: %i over %i', async (type, voxel, others) => {
    const [seen] = await see([ask('LPS', 'axial', { type, stored: [voxel, others] })]);
    const [, dark, bright] = seen!.levels;
    // Outside of the volume it is black.
    expect(seen!.levels).toHaveLength(3);
    expect(Math.abs(dark! - 64)).toBeLessThanOrEqual(1);
    expect(Math.abs(bright! - 191)).toBeLessThanOrEqual(1);
  });

  it('lays a map of labels over it at its own place, at its own size of voxels', async () => {
    const layer = { size: [3, 3, 3], spacing: [4, 4, 6], origin: [30, -36, 56], direction: DIRECTIONS.LPS } as const;
    const [seen] = await see([ask('LPS', 'axial', { layer: { grid: layer, voxel: [2, 1, 1] } })]);
    // Voxel (2, 1, 1) of the layer lies at (38, −32, 62); the middle of the volume at (34, −30, 59).
    expect(Math.abs(seen!.right - 4)).toBeLessThan(0.1);
    expect(Math.abs(seen!.down + 2)).toBeLessThan(0.1);
    expect(Math.abs(seen!.area - 4 * 4)).toBeLessThan(0.3);
  });

  it.each([
    ['LPS', -2, -6],
    ['RAS', 2, -6],
    ['oblique', -2, -(6 * sin + 6 * cos)],
    ['tilted', -2, -6 * cos],
  ] as const)('%s: the volume as a whole has the voxel at its place', async (direction, right, down) => {
    const [seen] = await see([ask(direction, 'axial', { whole: { into: [0, 1, 0], up: [0, 0, 1] } })]);
    expect(Math.abs(seen!.right - right)).toBeLessThan(0.3);
    expect(Math.abs(seen!.down - down)).toBeLessThan(0.3);
  });

  it('never mixes slices of the plane that was taken, smooth or not; a slab looks at them together', async () => {
    const [beside, smooth, slab, mean] = await see([
      ask('LPS', 'axial', { beside: 1 }),
      ask('LPS', 'axial', { beside: 1, smooth: true }),
      ask('LPS', 'axial', { beside: 1, slab: { kind: 'max', thickness: 9 } }),
      ask('LPS', 'axial', { beside: 1, slab: { kind: 'mean', thickness: 9 } }),
    ]);
    expect(beside!.levels).toEqual([0]);
    expect(smooth!.levels).toEqual([0]);
    expect(slab!.levels).toEqual([0, 255]);
    expect(mean!.levels.at(-1)).toBeGreaterThan(40);
    expect(mean!.levels.at(-1)).toBeLessThan(200);
  });

  /** Around the middle of the phantom, 1.2 × 1.2 × 2 mm. */
  const around = (direction: keyof typeof DIRECTIONS): Grid => {
    const [size, spacing] = [[47, 55, 29] as Vec3, [1.2, 1.2, 2] as Vec3];
    const d = DIRECTIONS[direction];
    const origin = [0, 1, 2].map((row) =>
      [0, 1, 2].reduce((sum, axis) => sum - (d[3 * row + axis]! * spacing[axis]! * (size[axis]! - 1)) / 2, 0),
    );
    return { size, spacing, origin: origin as unknown as Vec3, direction: d };
  };
  const draw = async (state: State): Promise<Buffer> => {
    const url = await page.evaluate(
      (one) => (window as unknown as { drawState(s: State): string }).drawState(one),
      state,
    );
    return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  };
  const STATES: Record<string, State> = {
    lps: { grid: around('LPS') },
    ras: { grid: around('RAS') },
    oblique: { grid: around('oblique') },
    tilted: { grid: around('tilted') },
    smooth: { grid: around('LPS'), smooth: true },
    'slab-mip': { grid: around('LPS'), slab: { kind: 'max', thickness: 12 } },
    whole: { grid: around('oblique'), whole: true },
    labels: { grid: around('oblique'), over: 'labels' },
    outlines: { grid: around('tilted'), over: 'outline' },
    heat: { grid: around('RAS'), over: 'heat' },
  };

  /** Electron's older SwiftShader lights the cut of a cropped volume otherwise than Chromium's: that picture has a baseline of its own there. */
  const kept = (name: string): string => (shell === 'electron' && name === 'whole' ? 'whole-electron' : name);

  it.each(Object.keys(STATES))('looks as its baseline does: %s', async (name) => {
    expect(unlike(kept(name), await draw(STATES[name]!))).toBeNull();
  });

  it('looks unlike its baseline with an axis the wrong way round, at another place, or through another window', async () => {
    for (const name of ['lps', 'tilted', 'whole'])
      for (const wrong of ['flipped', 'shifted'] as const) {
        const picture = readPng(await draw({ ...STATES[name]!, wrong }));
        expect(difference(picture, baseline(kept(name))).share, `${name}, ${wrong}`).toBeGreaterThan(4 * ALLOWED);
      }
    const lps = STATES['lps']!;
    const darker = readPng(await draw({ ...lps, level: 550 }));
    expect(difference(darker, baseline('lps')).share).toBeGreaterThan(0.2);
    const bare = readPng(await draw({ ...STATES['heat']!, over: undefined }));
    expect(difference(bare, baseline('heat')).share).toBeGreaterThan(0.02);
  });
});
