import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '@main/engine/tensorflow/manifest';
import { tensorflowDir } from '@main/project/enginesDir';
import { shell, startApp, type App } from './app';

const installed = readManifest(tensorflowDir()) !== null;
if (!installed) console.warn('engines are not tried in a window: tensorflow is not installed on this machine');

/** The engine of this machine, in a home of its own: `RESIDUA_ENGINES` leads the app to it. */
describe.skipIf(!installed)('engines in the settings', () => {
  let app: App;
  beforeAll(async () => {
    process.env.RESIDUA_ENGINES = join(tensorflowDir(), '..');
    app = await startApp();
  }, 120_000);
  afterAll(() => app.close());

  it(`tries tensorflow in a process of the ${shell} shell, and shows it ready`, async () => {
    const { page } = app;
    await page.evaluate(() => (location.hash = '#/settings'));
    const row = page.locator('#settings-engines tr', { hasText: 'tensorflow' });
    await row.getByText('ready', { exact: true }).first().waitFor({ timeout: 120_000 });
    expect(await row.first().textContent()).toMatch(/2\.18\.1 · (CPU|CUDA)/);
    if (process.env.RESIDUA_PICTURES && existsSync(process.env.RESIDUA_PICTURES))
      await page
        .locator('#settings-engines')
        .screenshot({ path: join(process.env.RESIDUA_PICTURES, `engines-${shell}.png`) });
    expect(app.problems).toEqual([]);
  }, 180_000);
});
