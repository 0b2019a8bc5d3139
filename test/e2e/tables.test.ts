import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { pngOf } from '../unit/import/setup';
import { only, startApp, type App } from './app';
import { violations } from './axe';

let app: App;
let root: string;
beforeAll(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'residua-tables-')), 'scans');
  mkdirSync(root);
  for (let i = 1; i <= 40; i++) writeFileSync(join(root, `${i}.png`), await pngOf(i));
  const rows = Array.from({ length: 40 }, (_, i) => {
    const label = i % 3 === 0 ? 'Benign ' : i % 3 === 1 ? 'benign' : 'bösartig';
    return `${i + 1}.png;${label};${i % 7 === 0 ? '' : `P${String(i >> 1).padStart(3, '0')}`};${i % 2 ? 'Ulm' : 'Bonn'};Name ${i}`;
  });
  writeFileSync(
    join(root, 'Liste.csv'),
    ['Datei;Befund;Patient ID;Ort;Patient name', ...rows, 'fehlt.png;benign;p018;Ulm;x'].join('\r\n'),
    'latin1',
  );
  app = await startApp();
}, 120_000);
afterAll(async () => {
  await app.close();
  rmSync(join(root, '..'), { recursive: true, force: true });
});

async function choose(button: string, dir: string): Promise<void> {
  const { page } = app;
  await page.getByRole('button', { name: button }).click();
  const dialog = page.getByRole('dialog');
  await expect.poll(() => dialog.getByRole('textbox', { name: 'Folder' }).inputValue()).not.toBe('');
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(dir);
  await dialog.getByRole('textbox', { name: 'Folder' }).press('Enter');
  await dialog.getByRole('listbox', { name: dir }).waitFor();
  await dialog.getByRole('button', { name: 'Choose this folder' }).click();
}

const picture = async (name: string): Promise<void> => {
  if (process.env.RESIDUA_PICTURES)
    await app.page.screenshot({ path: join(process.env.RESIDUA_PICTURES, `${name}.png`) });
};

// Folders are chosen by their path where the shell has no dialog of the system's own.
only(
  'browser',
  'a table of odd columns is mapped, read, filtered by, and grows',
  async () => {
    const { page } = app;
    await choose('Import a folder', root);
    const role = (name: string) => page.getByRole('combobox', { name });
    await role('Picture').waitFor();
    expect(await page.getByRole('combobox', { name: 'Encoding' }).inputValue()).toBe('windows-1252');
    expect(await role('Patient').inputValue()).toBe('Patient ID');
    await role('Picture').selectOption('Datei');
    await role('Label').selectOption('Befund');
    const meaning = page.getByRole('textbox', { name: 'Class of “Benign ”' });
    await meaning.fill('benign');
    await meaning.press('Tab');
    await page.getByText('1 row names no picture').waitFor();
    await picture('table');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Read the pictures' }).click();
    await page.getByRole('button', { name: /Make the project|Join these/ }).waitFor();
    // Second thoughts about the columns: they are as they were mapped.
    await page.getByRole('button', { name: 'Columns of the table' }).click();
    await role('Picture').waitFor();
    expect([await role('Picture').inputValue(), await meaning.inputValue()]).toEqual(['Datei', 'benign']);
    await page.getByRole('button', { name: 'Read the pictures' }).click();
    await page.getByRole('button', { name: /Make the project|Join these/ }).waitFor();
    await page.getByRole('button', { name: /Make the project|Join these/ }).click();
    await page.getByRole('button', { name: 'Browse the images' }).click();
    const ort = page.getByRole('group', { name: 'Ort' });
    await ort.getByRole('button', { name: '20: only Ulm' }).click();
    await page.locator('.toolbar .count', { hasText: '20' }).waitFor();
    expect(await page.getByRole('group', { name: 'Patient name' }).count()).toBe(0);
    await picture('facets');
    // Later: new pictures, a changed label.
    for (let i = 41; i <= 43; i++) writeFileSync(join(root, `${i}.png`), await pngOf(i));
    writeFileSync(
      join(root, 'Liste.csv'),
      'Datei;Befund;Patient ID;Ort\r\n1.png;bösartig;;Bonn\r\n3.png;benign;P019;Bonn\r\n41.png;benign;P001;Ulm\r\n42.png;unklar;P100;Ulm',
      'latin1',
    );
    await page.getByRole('button', { name: 'Add data…' }).click();
    await choose('Import a folder', root);
    await page.getByRole('button', { name: 'Read the pictures' }).click();
    await page.getByRole('cell', { name: '1.png', exact: true }).waitFor();
    await page.getByText('as the table says: a new version of the splits').click();
    await page.getByText('1 sample changes its split').or(page.getByText('0 samples change their split')).waitFor();
    await picture('growth');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add to the project' }).click();
    await page.getByText('43 images').first().waitFor();
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByText('1 sample belongs to another patient').waitFor();
    // The changed labels, those of the new images, the new class, then the patient.
    for (let step = 0; step < 4; step++) {
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText(/^Undone/).waitFor();
    }
    await page.getByText('patients of 1 sample, version 4 of the splits').waitFor();
    expect(app.problems).toEqual([]);
  },
  240_000,
);

only('electron', 'a folder that is dropped on the start page is read', async () => {
  const { page } = app;
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [root], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  await page.getByRole('combobox', { name: 'Picture' }).waitFor();
  await page.getByText('Liste.csv: the first 20 rows').waitFor();
});

only(
  'browser',
  'columns of a table become questions, and odd words answers',
  async () => {
    const { page } = app;
    const folder = join(root, '..', 'findings');
    mkdirSync(folder);
    for (let i = 1; i <= 12; i++) writeFileSync(join(folder, `${i}.png`), await pngOf(100 + i));
    const rows = Array.from({ length: 12 }, (_, i) => `${i + 1}.png,${i % 2},${i % 3 ? 'no' : 'fraglich'},${40 + i}`);
    writeFileSync(join(folder, 'list.csv'), ['path,edema,mass,age', ...rows].join('\n'));
    await page.getByRole('link', { name: 'Residua, start page' }).click();
    await choose('Import a folder', folder);
    await page.getByText('Several yes/no answers').click();
    const tick = (name: string) => page.getByRole('checkbox', { name, exact: true });
    await expect.poll(() => tick('edema').isChecked()).toBe(true);
    expect([await tick('mass').isChecked(), await tick('age').isChecked()]).toEqual([false, false]);
    await tick('mass').click();
    await page.getByText('says "fraglich" in the column "mass"').waitFor();
    expect(await page.getByRole('button', { name: 'Read the pictures' }).isDisabled()).toBe(true);
    await page.getByRole('combobox', { name: 'Answer of “fraglich”' }).selectOption('not assessed');
    await page.getByText('Every row has its picture').waitFor();
    await picture('questions');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Read the pictures' }).click();
    await page.getByRole('button', { name: /Make the project|Join these/ }).click();
    await page.getByRole('button', { name: 'Browse the images' }).click();
    await page.getByText('12 images').first().waitFor();
    await page.getByRole('button', { name: /edema/ }).first().waitFor();
    expect(app.problems).toEqual([]);
  },
  120_000,
);

only('browser', 'a drop in a browser is answered kindly', async () => {
  const { page } = app;
  await page.getByRole('link', { name: 'Residua, start page' }).click();
  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'scan.png'));
    return transfer;
  });
  await page.locator('.start').dispatchEvent('drop', { dataTransfer: data });
  await page.getByText('A browser does not say where a dropped file lies').waitFor();
});
