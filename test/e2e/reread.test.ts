import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { App } from './app';
import { startWith } from './prepared';

/** What comes after the test split was scored: a blind re-reading of its labels, and the report. */
let app: App;
let page: Page;
const project = (): string => join(app.home, 'small.residua');

beforeAll(async () => {
  app = await startWith('small');
  page = app.page;
  await page.getByRole('navigation').getByRole('link', { name: 'Check' }).click();
}, 600_000);
afterAll(async () => {
  await app?.close();
  expect(app?.problems ?? []).toEqual([]);
});

describe('a blind re-read', () => {
  it('shows pixels alone, takes answers by keys in an order of chance, and goes on after a break', async () => {
    await page.getByRole('button', { name: 'Re-read test…' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toContain('without names, labels, history or the model');
    await dialog.getByRole('button', { name: 'Start' }).click();
    const named = page.getByLabel('Reader', { exact: true });
    const image = page.getByText(/Image 1 of 12/).first();
    await named.or(image).first().waitFor();
    if (await named.isVisible()) {
      await named.fill('Reader B');
      await page.getByRole('button', { name: /Read under this name/ }).click();
    }
    await image.waitFor();
    await page.locator('canvas[data-drawn]').first().waitFor();
    const main = page.getByRole('main');
    expect(await main.innerText()).not.toMatch(/test_\d|AUC|unlabelled|→ /);
    await page.keyboard.press('Digit1');
    await page
      .getByText(/Image 2 of 12/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Leave, go on later' }).click();
    await page.getByRole('button', { name: 'Re-read test…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    await page.getByText('1 read', { exact: true }).waitFor();
    await page
      .getByText(/Image 2 of 12/)
      .first()
      .waitFor();
  });

  it('ends with how many labels changed, and sets both figures side by side', async () => {
    for (let n = 2; n <= 12; n++) {
      await page
        .getByText(new RegExp(`Image ${n} of 12`))
        .first()
        .waitFor();
      await page.locator('canvas[data-drawn]').first().waitFor();
      await page.keyboard.press(n === 12 ? 'u' : 'Digit1');
    }
    await page.getByRole('dialog').getByRole('button', { name: 'End the round' }).click();
    await page.getByRole('heading', { name: 'The round has ended' }).waitFor();
    await page.getByText('12 of 12 images were read again.').waitFor();
    await page.getByRole('button', { name: 'To the figures' }).click();
    await expect.poll(() => page.getByRole('combobox', { name: 'Which samples' }).inputValue()).toBe('test');
    const beside = page.getByRole('table').filter({ hasText: 'on original labels' });
    await beside.waitFor();
    const samples = (await beside.getByRole('row').filter({ hasText: 'Samples' }).innerText()).match(/\d+/g);
    expect(samples).toEqual(['12', '11']);
  });
});

describe('the report', () => {
  it('is written from the Check page, in the language asked for', async () => {
    await page.getByRole('button', { name: 'Report…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Language' }).selectOption('zh-CN');
    await dialog.getByRole('button', { name: 'Write report' }).click();
    await dialog.getByText(/files: begin with methods.md/).waitFor({ timeout: 60_000 });
    const exports = join(project(), 'exports');
    const [folder] = readdirSync(exports);
    expect(await dialog.getByRole('status').innerText()).toBe(join(exports, folder!));
    expect(readFileSync(join(exports, folder!, 'methods.md'), 'utf8')).toContain('测试集盲法复读');
    expect(existsSync(join(exports, folder!, 'figures', 'roc-test-original.svg'))).toBe(true);
    await dialog.getByRole('button', { name: 'Close' }).click();
  });
});
