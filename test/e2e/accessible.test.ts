import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { shell, startApp, type App } from './app';
import { violations, violationsInBoth } from './axe';
import { walk } from './keyboard';
import { homeWith } from './prepared';

/** Every page and every dialog, as a screen reader, a contrast meter and a keyboard without a mouse find them. */
let app: App;
let page: Page;

beforeAll(async () => {
  app = await startApp({ home: homeWith('small').home });
  page = app.page;
}, 600_000);
afterAll(async () => {
  await app?.close();
  expect(app?.problems ?? []).toEqual([]);
});

const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const place = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click();
const dialog = (): Locator => page.getByRole('dialog');

/**
 * axe finds nothing in either theme, Tab reaches all, and the focus shows. Both shells draw the same pages: in Electron each is looked at in one theme,
 * as it opens.
 */
async function isFine(): Promise<void> {
  if (shell === 'electron') return expect.soft(await violations(page)).toEqual([]);
  expect.soft(await violationsInBoth(page)).toEqual([]);
  expect.soft(await walk(page)).toEqual({ unreached: [], unseen: [] });
}
/** A dialog is fine and closes by Escape. */
async function dialogIsFine(): Promise<void> {
  await dialog().first().waitFor();
  await isFine();
  await page.keyboard.press('Escape');
  await dialog().first().waitFor({ state: 'hidden' });
}

describe('before a project is open', () => {
  it('the start page', isFine);
  if (shell === 'browser')
    it('the dialog for folders', async () => {
      await button('Import a folder').click();
      await dialog()
        .getByText(/lies? in this/)
        .first()
        .waitFor();
      await dialogIsFine();
    });
  it('the steps of an import', async () => {
    await button(/Open BreastMNIST/).click();
    await page.getByText('of 156, likeness > .99').waitFor();
    await isFine();
    for (const step of [/1 Files/, /2 Classes/]) {
      await button(step).click();
      await isFine();
    }
    await button('Cancel').click();
  });
});

describe('an open project', () => {
  it.each([
    ['Browse', '[role=gridcell] canvas[data-drawn]'],
    ['Train', 'figure'],
    ['Check', '.confusion'],
    ['Activity', '[role=table], h2'],
  ])('%s', async (name, sign) => {
    if (name === 'Browse') {
      await button(/small/i).first().click();
      await button(/no reader yet/).click();
      await dialog().getByLabel('Reader', { exact: true }).fill('Reader A');
      await isFine();
      await button(/Read under this name/).click();
    }
    await place(name);
    await page.locator(sign).first().waitFor();
    await isFine();
  });

  it('a sample large, its dialogs and the keys', async () => {
    await place('Browse');
    await page.getByRole('gridcell').first().click();
    await page.keyboard.press('Space');
    await page.getByRole('toolbar').first().waitFor();
    await page.locator('main canvas[data-drawn]').first().waitFor();
    await isFine();
    await page.locator('main').press('Shift+X');
    await dialogIsFine();
    await page.keyboard.press('n');
    await dialogIsFine();
    await page.keyboard.press('?');
    await dialogIsFine();
  });

  it('the method, and all dialogs about runs and the test split', async () => {
    await place('Train');
    await page.locator('summary').first().press('Enter');
    await isFine();
    await place('Check');
    for (const name of ['Score test…', 'Report…', 'Re-read test…']) {
      await button(name).click();
      await dialogIsFine();
    }
    await page.getByRole('combobox', { name: 'Decision rule' }).selectOption('other');
    await dialogIsFine();
  });

  it('the settings, and what they ask', async () => {
    await page.keyboard.press('Control+,');
    await page.getByText('Files and disk').first().waitFor();
    await isFine();
    for (const name of ['Merge…', 'Split…', /Give to a colleague/]) {
      await button(name).first().click();
      await dialogIsFine();
    }
  });

  it('duplicates and splits', async () => {
    await button(/Duplicates and splits/).click();
    await page.getByText('Versions of the splits').waitFor();
    await isFine();
    await button(/Make version/).click();
    await dialogIsFine();
  });

  it('a blind re-read', async () => {
    await place('Check');
    await button('Re-read test…').click();
    await dialog().getByRole('button', { name: 'Start' }).click();
    await page.locator('main canvas[data-drawn]').first().waitFor();
    await isFine();
  });
});
