import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedPath } from '../shared-data';
import { chooseFolder, startApp, type App } from './app';
import { violations } from './axe';

let app: App;
let root: string;
beforeAll(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'residua-studies-')), 'disk');
  for (const folder of ['ct_ge_gantry_tilt_28sl', 'enhanced_multiframe', 'mr_t1_pddl_40sl'])
    cpSync(sharedPath('data', 'dicom', folder), join(root, folder), { recursive: true });
  writeFileSync(join(root, 'ct_ge_gantry_tilt_28sl', 'damaged.dcm'), 'no picture at all');
  app = await startApp();
}, 120_000);
afterAll(async () => {
  await app.close();
  rmSync(join(root, '..'), { recursive: true, force: true });
});

const picture = async (name: string): Promise<void> => {
  if (process.env.RESIDUA_PICTURES)
    await app.page.screenshot({ path: join(process.env.RESIDUA_PICTURES, `${name}.png`) });
};

it('studies are chosen in a table, come in behind, and open at full resolution without a name on the screen', async () => {
  const { page } = app;
  await chooseFolder(app, root, () => page.getByRole('button', { name: 'Import a folder' }).click());
  await page.getByRole('button', { name: /Import 4 volumes/ }).waitFor();
  // What is derived is marked, and left out unless it is ticked.
  await page.getByText('4 of 5 chosen').waitFor();
  const row = page.getByRole('row', { name: /anat-T1w/ });
  expect(await row.getByText('Derived').count()).toBe(1);
  expect(await row.getByRole('checkbox').isChecked()).toBe(false);
  await expect.poll(() => page.locator('tbody canvas[data-drawn]').count()).toBe(5);
  await picture('studies');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'All that are listed here' }).click();
  await page.getByRole('button', { name: /Import 5 volumes/ }).click();
  await page.getByText('5 volumes have come in').waitFor();
  await picture('studies-come');
  // The queue stands still until the person takes what is new.
  await page.getByRole('button', { name: /Refresh/ }).click();
  await page.getByText(/of 5/).first().waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('link', { name: 'View' }).click();
  await page
    .getByText(/512 × 512 × 14|64 × 64 × 32|gantry tilt/)
    .first()
    .waitFor();
  await picture('studies-view');
  expect(app.problems).toEqual([]);
}, 90_000);
