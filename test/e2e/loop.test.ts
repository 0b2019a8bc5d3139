import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { shell, startApp, type App } from './app';

/** The loop as a newcomer goes it, on the bundled sample: import, browse, label, train, check, relabel, come back. */
let app: App;
let page: Page;
const place = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click();
const header = (): Locator => page.getByRole('banner').first();

beforeAll(async () => {
  app = await startApp();
  page = app.page;
});
afterAll(async () => {
  await app?.close();
  expect(app.problems).toEqual([]);
});

describe('a newcomer', () => {
  it('reaches a trained model and its predictions in three clicks', async () => {
    await page.getByRole('button', { name: /Open BreastMNIST/ }).click(); // 1
    await page.getByText('of 156, likeness > .99').waitFor();
    await page.getByRole('button', { name: /Join these and go on/ }).click(); // 2
    await page.getByRole('button', { name: 'Train now' }).click(); // 3: the run is there, and waits for features at first
    await page.getByRole('button', { name: /Queue another run/ }).waitFor();
    await page
      .getByRole('button', { name: /Stop, keep best/ })
      .first()
      .waitFor({ timeout: 120_000 });
    // Labels can be edited meanwhile; the run ends by itself.
    await expect.poll(() => header().innerText(), { timeout: 170_000 }).toMatch(/AUC \.8\d\d\s*\[\.\d+, \.\d+\]/);
  });

  const sees = async (): Promise<void> => {
    const table = page.getByRole('table').filter({ hasText: 'outer + block' });
    await expect
      .poll(() => table.getByRole('row').filter({ hasText: 'outer + block' }).innerText(), { timeout: 400_000 })
      .toMatch(
        /\.8\d\d \[[^\]]+\]\s+\.\d{3} \[[^\]]+\]\s+\.\d{3}(?: \[[^\]]+\])?\s+\.\d{3}(?: \[[^\]]+\])?\s+not scored/,
      );
    expect(await table.getByRole('row').filter({ hasText: 'plain' }).innerText()).toMatch(/\.8\d\d/);
    expect(await page.getByText(/failed/).count()).toBe(0);
  };

  const stops = async (): Promise<void> => {
    await page
      .getByText(/folds, \d+ %/)
      .first()
      .waitFor({ timeout: 400_000 });
    await page
      .getByRole('button', { name: /Stop, keep best/ })
      .first()
      .click();
    await page
      .getByText(/stopped/)
      .first()
      .waitFor();
    const table = page.getByRole('table').filter({ hasText: 'outer + block' });
    expect(await table.getByRole('row').filter({ hasText: 'outer + block' }).innerText()).toMatch(
      /outer \+ block\s+—\s+\.\d{3}(?: \[[^\]]+\])?\s+\.\d{3}(?: \[[^\]]+\])?\s+not scored/,
    );
    expect(await page.getByText(/failed/).count()).toBe(0);
  };

  // Folds take most of a run, and are the same process in both shells: one of them waits for all, the other stops the run before. A guard against
  // hanging, no figure: `bench loop` says how fast it is.
  if (shell === 'browser')
    it('sees the run end with out-of-fold figures of probe, control and block, and no test figure', sees, 420_000);
  else it('stops the run once its heads are trained, and keeps them', stops, 420_000);
});

describe('coming back', () => {
  it('finds the project, its run and its model', async () => {
    const { home } = app;
    await app.close({ keepHome: true });
    app = await startApp({ home });
    page = app.page;
    await page
      .getByRole('button', { name: /breastmnist/ })
      .first()
      .click();
    await place('Train');
    await page.getByText('quick · outer').first().waitFor();
    await expect.poll(() => header().innerText(), { timeout: 60_000 }).toMatch(/AUC \.8\d\d/);
  });
});
