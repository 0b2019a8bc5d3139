import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importBreast, openServices, type Fixture } from './support';
import { sampleKeys } from '@shared/sampleKeys';

let opened: Fixture;
const project = (): string => join(opened.home, 'breast.residua');

beforeAll(async () => {
  opened = openServices();
  await importBreast(opened.client, project());
  const { client } = opened;
  await client.project.setReader({ reader: 'Dr A' });
  const keys = await sampleKeys(client, { filter: { splits: ['train'], classes: [0] }, sort: 'id' });
  const read = { origin: 'read', context: null } as const;
  await client.labels.set({ keys: [keys[0]!], change: { class: 1 }, ...read });
  await client.labels.set({ keys: [keys[1]!], change: { state: 'excluded', reason: 'cut off' }, ...read });
  await client.labels.set({ keys: [keys[2]!], change: { state: 'unsure' }, ...read });
});
afterAll(() => opened.close());

const everything = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.\w+$/.test(path))
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );

describe('the methods report of a project', () => {
  it('counts what stands in the store, and writes below exports/ unless told otherwise', async () => {
    const { folder, files } = await opened.client.insight.report({});
    expect(folder.startsWith(join(project(), 'exports', 'report-'))).toBe(true);
    expect(Object.keys(everything(folder)).sort()).toEqual(files);
    const text = readFileSync(join(folder, 'methods.md'), 'utf8');
    // BreastMNIST: 546/78/156, 28 test images with a twin elsewhere.
    expect(text).toContain('| Read | 546 | 78 | 156 | 0 | 780 |');
    expect(text).toContain('| Take part | 544 | 78 | 156 | 0 | 778 |');
    expect(text).toContain('| cut off | 1 | 0 | 0 | 0 | 1 |');
    expect(text).toContain('28 test samples have a twin in train or validation');
    expect(text).toContain('equal pixels: 1; nearly equal: 103');
    expect(text).toContain('1 of 780 labels that came with the data say something else now');
    expect(text).toContain('| Dr A | 3 |');
    expect(text).toMatch(/No figures: .+\./);
    const second = await opened.client.insight.report({});
    expect(second.folder).not.toBe(folder);
  });

  it('is the same twice, and again over itself, and names no path of this machine', async () => {
    const dir = join(opened.home, 'report');
    await opened.client.insight.report({ dir });
    const once = everything(dir);
    await opened.client.insight.report({ dir });
    expect(everything(dir)).toEqual(once);
    for (const [path, text] of Object.entries(once)) expect(text.includes(basename(opened.home)), path).toBe(false);
  });

  it('never touches a folder that holds something else', async () => {
    const dir = join(opened.home, 'mine');
    mkdirSync(dir);
    writeFileSync(join(dir, 'thesis.txt'), 'chapter 1');
    await expect(opened.client.insight.report({ dir })).rejects.toMatchObject({ code: 'file-unreadable', file: dir });
    expect(everything(dir)).toEqual({ 'thesis.txt': 'chapter 1' });
    expect(readdirSync(opened.home).filter((name) => name.startsWith('.report'))).toEqual([]);
    const file = join(dir, 'thesis.txt');
    await expect(opened.client.insight.report({ dir: file })).rejects.toMatchObject({ code: 'file-unreadable', file });
  });

  it('refuses a run that is not there', async () => {
    await expect(opened.client.insight.report({ run: '0099-quick' })).rejects.toMatchObject({ code: 'run-missing' });
  });
});
