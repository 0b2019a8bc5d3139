import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { probed, startApp, type App } from './app';
import { startWith } from './prepared';

/** A day's work on the bundled sample with the live probe: browse, label, check, undo, come back. */
let app: App;
let page: Page;
const place = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click();
const cell = (id: string): Locator =>
  page.getByRole('gridcell').filter({ has: page.getByRole('img', { name: id, exact: true }) });
const header = (): Locator => page.getByRole('banner').first();
const saved = (): Promise<void> => header().getByText('All labels saved').waitFor();

beforeAll(async () => {
  app = await startWith('breast');
  page = app.page;
  await probed(page);
});
afterAll(async () => {
  await app?.close();
  expect(app.problems).toEqual([]);
});

describe('labelling', () => {
  it('asks who reads before the first label, then saves it and says so', async () => {
    await place('Browse');
    await page.getByRole('combobox', { name: /by|sort/i }).selectOption({ label: 'split' });
    await cell('train_0003').click();
    await page.keyboard.press('Digit1');
    await page.getByLabel('Reader', { exact: true }).fill('Reader A');
    await page.getByRole('button', { name: /Read under this name/ }).click();
    if ((await cell('train_0003').getAttribute('data-state')) !== 'checked') {
      await cell('train_0003').click();
      await page.keyboard.press('Digit1');
    }
    await expect.poll(() => cell('train_0003').getAttribute('data-state')).toBe('checked');
    expect(await cell('train_0003').getAttribute('data-class')).toBe('0');
    await saved();
    expect(await header().innerText()).toContain('Reader A');
  });

  it('takes a held key once, and undo says what it did', async () => {
    await cell('train_0005').click();
    await page.keyboard.down('Digit1');
    for (let i = 0; i < 5; i++) await page.keyboard.down('Digit1'); // auto-repeat
    await page.keyboard.up('Digit1');
    await expect.poll(() => cell('train_0005').getAttribute('data-class')).toBe('0');
    expect(await cell('train_0006').getAttribute('data-state')).toBe('labelled');
    await saved();
    await page.keyboard.press('Control+z');
    await page
      .getByText(/train_0005: malignant → (normal, )?benign/)
      .first()
      .waitFor();
    await expect.poll(() => cell('train_0005').getAttribute('data-state')).toBe('labelled');
  });

  it('hides the model with one key and shows it again', async () => {
    const opinions = page.getByRole('gridcell').getByText('→');
    await page.getByRole('combobox', { name: /by|sort/i }).selectOption({ label: 'disagreement' });
    await expect.poll(() => opinions.count()).toBeGreaterThan(3);
    await page.keyboard.press('h');
    await expect.poll(() => opinions.count()).toBe(0);
    await page.keyboard.press('h');
    await expect.poll(() => opinions.count()).toBeGreaterThan(3);
  });

  it('shows no prediction on test samples', async () => {
    await page.getByRole('combobox', { name: /by|sort/i }).selectOption({ label: 'split' });
    await page.getByRole('checkbox', { name: /^train/ }).click();
    await page.getByRole('checkbox', { name: /^validation/ }).click();
    await cell('test_0000').waitFor();
    expect(await page.getByRole('gridcell').getByText('→').count()).toBe(0);
    await page.getByRole('checkbox', { name: /^train/ }).click();
    await page.getByRole('checkbox', { name: /^validation/ }).click();
  });
});

describe('checking', () => {
  it('shows figures with intervals beside the majority rate, and a queue that keys work off', async () => {
    await place('Check');
    await page.getByText(/majority \.7\d/).waitFor();
    const queue = page
      .getByRole('region', { name: /likely wrong/i })
      .or(page.locator('section').filter({ hasText: 'Most likely wrong labels' }))
      .first();
    const name = queue.getByRole('heading', { level: 3 });
    const first = await name.innerText();
    expect(first).toMatch(/^(train|val)_\d{4}$/);
    await name.click();
    await page.keyboard.press('k'); // the label is right
    await expect.poll(() => name.innerText()).not.toBe(first);
    await saved();
  });

  it('opens the samples behind a cell of the confusion matrix', async () => {
    const matrix = page.locator('.confusion');
    const count = Number((await matrix.getByRole('button').nth(1).innerText()).trim());
    expect(count).toBeGreaterThan(0);
    await matrix.getByRole('button').nth(1).click();
    await page
      .getByText(new RegExp(`1 of ${count}\\b`))
      .first()
      .waitFor();
  });
});

describe('the frame', () => {
  it('changes to Chinese at once, and to light', async () => {
    await page.getByRole('button', { name: /Switch language/ }).click();
    await page.getByRole('navigation').getByText('浏览').waitFor();
    await page.getByRole('button', { name: /切换语言/ }).click();
    await page.getByRole('navigation').getByText('Browse').waitFor();
  });

  it('shows all keys with ?', async () => {
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog');
    await keys.waitFor();
    for (const word of ['Ctrl', 'Space', 'Undo']) expect(await keys.innerText()).toContain(word);
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'hidden' });
  });
});

describe('coming back', () => {
  it('finds every label, the reader and the undo history where they were', async () => {
    const { home } = app;
    expect(app.problems).toEqual([]);
    await app.close({ keepHome: true });
    app = await startApp({ home });
    page = app.page;
    await page
      .getByRole('button', { name: /breastmnist/ })
      .first()
      .click();
    await place('Activity');
    await page.getByText('train_0003').first().waitFor();
    await place('Browse');
    await page.getByRole('combobox', { name: /by|sort/i }).selectOption({ label: 'split' });
    await expect.poll(() => cell('train_0003').getAttribute('data-state')).toBe('checked');
    expect(await cell('train_0003').getAttribute('data-class')).toBe('0');
    await cell('train_0003').click();
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.getByRole('contentinfo').innerText()).toMatch(/→/);
  });
});
