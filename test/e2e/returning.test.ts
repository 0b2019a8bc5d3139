import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { chooseFolder, startApp, type App } from './app';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Coming back the next day: the place is found again, a run goes on, and originals that were moved are found. */
const work = mkdtempSync(join(tmpdir(), 'residua-e2e-returning-'));
const scans = join(work, 'scans');
let app: App;
let page: Page;
const cell = (id: string): Locator =>
  page.getByRole('gridcell').filter({ has: page.getByRole('img', { name: id, exact: true }) });
const picture = process.env.RESIDUA_PICTURES;
const shot = async (name: string): Promise<void> => {
  if (picture) await page.screenshot({ path: join(picture, `${name}.png`) });
};

async function pictures(): Promise<void> {
  for (let i = 0; i < 24; i++) {
    const kind = i % 2 ? 'normal' : 'tumour';
    const file = join(scans, kind, `${String(i).padStart(2, '0')}.png`);
    mkdirSync(dirname(file), { recursive: true });
    const data = Uint8Array.from({ length: 160 * 120 }, (_, p) => {
      const [x, y] = [p % 160, Math.floor(p / 160)];
      const spot = Math.exp(-((x - 80 - i) ** 2 + (y - 60) ** 2) / (kind === 'tumour' ? 300 : 2000));
      return 40 + 150 * spot + ((Math.imul(p + 1, 2654435761 + 997 * i) >>> 13) & 31);
    });
    await sharp(data, { raw: { width: 160, height: 120, channels: 1 } })
      .png()
      .toFile(file);
  }
}

beforeAll(async () => {
  await pictures();
  app = await startApp();
  page = app.page;
  await chooseFolder(app, scans, () => page.getByRole('button', { name: /Import a folder/ }).click());
  for (let step = 0; step < 6 && !(await page.getByRole('button', { name: /Browse the images/ }).isVisible()); step++) {
    const on = page.getByRole('button', { name: /go on|make the project|next/i }).first();
    await on
      .or(page.getByRole('button', { name: /Browse the images/ }))
      .first()
      .waitFor();
    if (await on.isVisible()) await on.click();
    await page.waitForTimeout(400);
  }
  await page.getByRole('button', { name: /Browse the images/ }).click();
});
afterAll(async () => {
  await app?.close();
  rmSync(work, { recursive: true, force: true });
});

async function again(): Promise<void> {
  const { home } = app;
  await app.close({ keepHome: true });
  app = await startApp({ home });
  page = app.page;
  await page.locator('.recent .open').first().click();
}

describe('coming back', () => {
  it('finds order, filter, selection and place, and says where the reader left off', async () => {
    await page.getByRole('combobox', { name: /by|sort/i }).selectOption({ label: 'chance' });
    await page.getByRole('checkbox', { name: /^test/ }).click();
    await page.waitForTimeout(1000);
    const order = await page.getByRole('gridcell').evaluateAll((cells) => cells.map((c) => c.getAttribute('data-key')));
    await page.locator('[role=gridcell]').nth(3).click();
    await page.keyboard.press('Digit1');
    await page.getByLabel('Reader', { exact: true }).fill('Reader A');
    await page.getByRole('button', { name: /Read under this name/ }).click();
    await page.locator('[role=gridcell]').nth(3).click();
    await page.keyboard.press('Digit2');
    await page.getByRole('banner').first().getByText('All labels saved').waitFor();
    const selected = await page.locator('[role=gridcell][aria-selected=true]').getAttribute('data-key');
    await page.waitForTimeout(5000);
    await again();
    await page.locator('[role=gridcell]').first().waitFor();
    await expect
      .poll(() => page.getByRole('gridcell').evaluateAll((cells) => cells.map((c) => c.getAttribute('data-key'))))
      .toEqual(order);
    await expect
      .poll(() => page.locator('[role=gridcell][aria-selected=true]').getAttribute('data-key'))
      .toBe(selected);
    await page.getByText(/Last label \d\d:\d\d on (normal|tumour)\/\d\d\.png/).waitFor();
    await shot('come-back');
  });

  it('shows thumbnails and takes labels without the originals, and finds them again below one folder', async () => {
    renameSync(scans, join(work, 'moved'));
    mkdirSync(join(work, 'archive'));
    renameSync(join(work, 'moved'), join(work, 'archive', 'scans'));
    writeFileSync(
      join(work, 'archive', 'scans', 'normal', '01.png'),
      await sharp(Buffer.alloc(300), { raw: { width: 10, height: 10, channels: 3 } })
        .png()
        .toBuffer(),
    );
    await again();
    await page.getByText(/24 originals were not found at .*scans/).waitFor();
    await cell('tumour/02.png').or(page.locator('[role=gridcell]').first()).first().click();
    await page.keyboard.press('Space');
    await page.getByText(/Original not found: .* This is its thumbnail/).waitFor();
    await page.keyboard.press('Digit1');
    await page.getByRole('banner').first().getByText('All labels saved').waitFor();
    await shot('stand-in');
    await chooseFolder(app, join(work, 'archive'), () => page.getByRole('button', { name: 'Locate…' }).first().click());
    await page.getByText('23 samples found and verified.').waitFor();
    await page.getByText(/1 file of that name has other content/).waitFor();
    await shot('located');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText(/Original not found/).waitFor({ state: 'hidden' });
  });

  it('asks after half an hour whether it is still the same reader, and the first key does nothing else', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Browse' }).click();
    await page.locator('[role=gridcell]').first().click();
    const before = await page.locator('[role=gridcell]').first().getAttribute('data-changed');
    await page.evaluate(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 31 * 60_000;
    });
    await page.keyboard.press('Digit2');
    await page.getByRole('dialog').getByText('Still Reader A?').waitFor();
    await shot('still');
    expect(await page.locator('[role=gridcell]').first().getAttribute('data-changed')).toBe(before);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('gives a verified copy to a colleague from the settings', async () => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Files and disk' }).scrollIntoViewIfNeeded();
    await shot('settings');
    await page.getByRole('button', { name: /Give to a colleague/ }).click();
    await page.getByText('What then cannot be done:').waitFor();
    await page.getByLabel('New folder for the copy').fill(join(work, 'copy.residua'));
    await shot('give');
    await page.getByRole('button', { name: /^Copy / }).click();
    await page.getByText(/Copied and verified: 24 samples/).waitFor();
    await shot('given');
    await page.getByRole('button', { name: 'Close' }).click();
    // Pictures without their original were refused, as they should be.
    expect(app.problems.filter((text) => !/pixels\/|favicon/.test(text))).toEqual([]);
  });
});
