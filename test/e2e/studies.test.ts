import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeSyntheticCt } from '@main/cli/bench/syntheticCt';
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
  await page.getByLabel('Classes that you will label with').fill('lesion, none');
  await page.getByRole('button', { name: /Import 5 volumes/ }).click();
  await page.getByText('5 volumes have come in').waitFor();
  await picture('studies-come');
  // What came in behind has joined the queue by itself.
  await page.getByText(/of 5/).first().waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('link', { name: 'View' }).click();
  await page
    .getByText(/512 × 512 × 14|64 × 64 × 32|gantry tilt/)
    .first()
    .waitFor();
  expect(await page.locator('[data-class-key]').count()).toBe(2);
  await picture('studies-view');
  expect(app.problems).toEqual([]);
}, 90_000);

it('many studies come in behind: cancelled in the middle, gone on with, one that is damaged is named and keeps none of the others out', async () => {
  const { page } = app;
  const [count, many] = [14, join(root, '..', 'many')];
  for (let patient = 1; patient <= count; patient++)
    writeSyntheticCt(join(many, `study-${patient}`), 4, { side: 24, patient });
  const addAll = async (): Promise<void> => {
    await page.getByRole('navigation').getByRole('link', { name: 'Browse' }).click();
    await page.getByRole('button', { name: 'Add data…' }).click();
    await chooseFolder(app, many, () => page.getByRole('button', { name: 'Import a folder…' }).first().click());
    await page.getByRole('button', { name: `Import ${count} volumes` }).waitFor();
  };
  await addAll();
  // They have their pictures beside an open project, too.
  await page.locator('tbody canvas[data-drawn]').first().waitFor();
  const cut = join(many, 'study-7', 'IM00002.dcm');
  const whole = readFileSync(cut);
  writeFileSync(cut, whole.subarray(0, -9));
  await page.getByRole('button', { name: `Import ${count} volumes` }).click();
  await page.getByRole('button', { name: 'Cancel import' }).click();
  const said = await page.getByText(/The import was cancelled/).innerText();
  expect(Number(/(\d+) volumes? are/.exec(said)?.[1])).toBeLessThan(count - 1);

  writeFileSync(cut, whole);
  await addAll();
  writeFileSync(cut, whole.subarray(0, -9));
  await page.getByRole('button', { name: `Import ${count} volumes` }).click();
  await page.getByText(/volumes have come in, 1 could not be read/).waitFor({ timeout: 60_000 });
  await page.getByText('Show what was put aside').click();
  await page.getByText(/study-7.*has changed since it was listed/).waitFor();
  await page
    .getByText(new RegExp(`of ${5 + count - 1}`))
    .first()
    .waitFor();
  expect(app.problems).toEqual([]);
}, 120_000);
