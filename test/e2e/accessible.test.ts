import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { syntheticArrays } from '@main/cli/bench/synthetic';
import { shell, startApp, type App } from './app';
import { violationsInBoth } from './axe';
import { walk } from './keyboard';

/** Every page and every dialog, as a screen reader, a contrast meter and a keyboard without a mouse find them. */
let app: App;
let page: Page;
let dir: string;
const root = join(import.meta.dirname, '../..');

/** The command line makes and trains the project: what a window does there, other tests show. */
function residua(...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'out/main/cli.js'), ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, RESIDUA_HOME: join(dir, 'home') },
  });
  if (status !== 0) throw new Error(`residua ${args.join(' ')}: ${stderr}`);
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'residua-accessible-'));
  mkdirSync(join(dir, 'arrays'));
  const project = join(dir, 'small.residua');
  residua('import', ...syntheticArrays(join(dir, 'arrays'), 60), '--project', project, '--name', 'Small');
  residua('train', '--project', project, '--epochs', '1', '--score-test');
  app = await startApp({ home: join(dir, 'home') });
  page = app.page;
}, 600_000);
afterAll(async () => {
  await app?.close({ keepHome: true });
  rmSync(dir, { recursive: true, force: true });
  expect(app?.problems ?? []).toEqual([]);
});

const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const place = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click();
const dialog = (): Locator => page.getByRole('dialog');

/** axe finds nothing in either theme, Tab reaches all, and the focus shows. */
async function isFine(): Promise<void> {
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
