import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openArrays, readMember } from '@main/formats';
import { resourcePath } from '@main/project/resources';
import { chooseFolder, startApp, type App } from './app';

/** A folder of pictures and not one label: classes are typed in, labels set by key, and then the probe starts. */
let app: App;
let page: Page;
let dir: string;
const truth = new Map<string, number>();
const header = (): Locator => page.getByRole('banner').first();
const COUNT = 48;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'residua-unlabelled-'));
  mkdirSync(join(dir, 'scans'));
  const file = await openArrays(resourcePath('samples', 'breastmnist.npz'));
  const { data: images } = await readMember(file, 'test_images');
  const { data: labels } = await readMember(file, 'test_labels');
  await file.close();
  const taken = [0, 0];
  for (let i = 0; truth.size < COUNT; i++) {
    const label = Number(labels[i]);
    if (taken[label]! >= COUNT / 2) continue;
    taken[label]!++;
    const name = `scan ${i}.png`;
    truth.set(name, label);
    await sharp(Uint8Array.from(images.subarray(i * 784, (i + 1) * 784) as Uint8Array), {
      raw: { width: 28, height: 28, channels: 1 },
    })
      .toColourspace('b-w')
      .toFile(join(dir, 'scans', name));
  }
  app = await startApp();
  page = app.page;
});
afterAll(async () => {
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
  expect(app.problems).toEqual([]);
});

it('types classes in, and says that the splits are drawn by group alone', async () => {
  await chooseFolder(app, join(dir, 'scans'), () => page.getByRole('button', { name: /Import a folder/ }).click());
  await page.getByText('The files bring no labels.').waitFor();
  for (const name of ['malignant', 'benign']) {
    await page.getByLabel('Add a class').fill(name);
    await page.keyboard.press('Enter');
  }
  await page.getByRole('button', { name: /^Next/ }).click();
  await page.getByText('By group alone: nothing is labelled yet').waitFor();
  await page.getByRole('button', { name: /Make the project|Join these and go on/ }).click();
  await page.getByRole('button', { name: 'Start labelling' }).click();
});

it('labels in a random order; the header counts groups until the probe starts', async () => {
  await expect
    .poll(() => header().innerText(), { timeout: 60_000 })
    .toContain('the probe starts at 10 groups in each class: 0 / 0');
  const cells = page.getByRole('gridcell');
  await cells.getByRole('img').nth(11).waitFor();
  const names = await cells.getByRole('img').evaluateAll((images) => images.map((i) => i.getAttribute('aria-label')));
  expect(names.length).toBeGreaterThan(10);
  expect(names).not.toEqual([...names].sort((a, b) => (a! < b! ? -1 : 1)));
  await cells.first().click();
  for (let i = 0; i < COUNT; i++) {
    const active = page.locator('[role=gridcell][aria-selected=true]').first();
    const name = await active.getByRole('img').first().getAttribute('aria-label');
    await page.keyboard.press(truth.get(name!) === 0 ? 'Digit1' : 'Digit2');
    if (i === 0) {
      await page.getByLabel('Reader', { exact: true }).fill('Reader A');
      await page.getByRole('button', { name: /Read under this name/ }).click();
      await page.waitForTimeout(200);
      if ((await active.getAttribute('data-state')) === 'unlabelled') await page.keyboard.press('Digit1');
    }
    const cell = page.getByRole('gridcell').filter({ has: page.getByRole('img', { name: name!, exact: true }) });
    await expect.poll(() => cell.getAttribute('data-state')).toBe('checked');
    if (i === 4) await expect.poll(() => header().innerText()).toMatch(/groups in each class: (?!0 \/ 0)\d \/ \d/);
  }
  await expect.poll(() => header().innerText(), { timeout: 60_000 }).toMatch(/AUC \.\d\d/);
}, 240_000);

it('offers a stratified version of the splits, once', async () => {
  await page
    .getByText(/stratified version/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByText('Version 1').first().waitFor();
  await page.getByRole('button', { name: /Make version 2/ }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Make version 2/ })
    .click();
  await page.getByText('Version 2').first().waitFor();
  expect(await page.getByText(/A stratified version/).count()).toBe(0);
});
