import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Project } from '@main/project';
import { inspectGrowth, rebuildCache } from '@main/project/import';
import { growSplits } from '@main/project/import/grow/splits';
import { npy, npz } from '../formats/npyFile';
import { accept, importFolder, pngOf } from './setup';

const folder = importFolder();
const opened = (dir: string): Promise<Project> => Project.open(dir, { holder: 'cli' });

async function pictures(root: string, seeds: Record<string, number>): Promise<string> {
  for (const [name, seed] of Object.entries(seeds)) folder.write(`${root}/${name}`, await pngOf(seed));
  return folder.path(root);
}

/** Adds to a project and opens it anew. */
async function grow(
  project: Project,
  paths: string,
  more: { table?: string; changes?: 'untouched' | 'all' | 'none' } = {},
): Promise<{
  project: Project;
  review: ReturnType<Awaited<ReturnType<typeof inspectGrowth>>['review']>;
  result: object;
}> {
  const draft = await inspectGrowth(project, { paths: [paths], table: more.table, stagingDir: folder.path('staging') });
  const review = draft.review();
  const result = await draft.commit(more.changes ?? 'untouched');
  await project.close();
  return { project: await opened(project.dir), review, result };
}

describe('a second import', () => {
  it('appends: splits stay, groups stay together, a changed table is shown and written, what is gone is said', async () => {
    const root = await pictures('first', { '1.png': 1, '2.png': 2, '3.png': 3, '4.png': 4 });
    const table = 'file,dx,mrn,site\n1.png,a,P1,Ulm\n2.png,b,P2,Ulm\n3.png,a,P3,Bonn\n4.png,b,P4,Bonn\n';
    folder.write('first/list.csv', table);
    const draft = await folder.inspect(root, {
      table: folder.path('first', 'list.csv'),
      map: { path: 'file', label: 'dx', patient: 'mrn' },
    });
    const dir = folder.path('grow.residua');
    await draft.commit(accept(draft.review()), { dir });
    let project = await opened(dir);
    const before = Array.from(project.index.splits);
    // Somebody corrects 2; the table later says something new of 1 and 2, and the same of 3.
    project.labels.set([1], { class: 0 }, { origin: 'read', context: null, reader: 'Ana' });

    await pictures('first', { '5.png': 5, '6.png': 3, '7.png': 7 });
    rmSync(folder.path('first', '4.png'));
    folder.write(
      'first/list.csv',
      'file,dx,mrn,site\n1.png,b,P1,Köln\n2.png,c,P2,Ulm\n3.png,a,P3,Bonn\n5.png,c,P1,Ulm\n6.png,a,P9,\n7.png,b,P7,Ulm\n',
    );
    const grown = await grow(project, root, { table: folder.path('first', 'list.csv') });
    project = grown.project;
    expect(grown.review).toMatchObject({
      added: 3,
      known: 3,
      removed: { count: 1, first: ['4.png'] },
      changedPixels: { count: 0 },
      newClasses: ['c'],
      writes: { untouched: 1, all: 2, none: 0 },
      differences: {
        first: [
          { sample: '1.png', from: 'a', to: 'b', byPerson: false, frozen: false },
          { sample: '2.png', from: 'a', to: 'c', byPerson: true, frozen: false },
        ],
      },
      // 5 is of a known patient, 6 is 3 once more, 7 is new.
      splits: { withGroup: 2, brought: 0, drawn: 1, none: 0 },
      duplicates: { exact: 1, near: 0 },
    });
    expect(grown.result).toMatchObject({
      samples: 7,
      added: 3,
      known: 3,
      removed: ['4.png'],
      classes: ['a', 'b', 'c'],
    });
    const { index } = project;
    expect(Array.from({ length: 7 }, (_, key) => index.id(key))).toEqual([
      '1.png',
      '2.png',
      '3.png',
      '4.png',
      '5.png',
      '6.png',
      '7.png',
    ]);
    expect(Array.from(index.splits).slice(0, 4)).toEqual(before);
    expect(project.splits.version).toBe(2);
    expect(index.groups[4]).toBe(index.groups[0]);
    expect(index.splits[4]).toBe(index.splits[0]);
    expect(index.groups[5]).toBe(index.groups[2]);
    expect(index.splits[5]).toBe(index.splits[2]);
    expect(index.rows([0, 1, 2, 3, 4, 5, 6]).map((r) => [r.class, r.state])).toEqual([
      [1, 'labelled'],
      [0, 'checked'],
      [0, 'labelled'],
      [1, 'labelled'],
      [2, 'labelled'],
      [0, 'labelled'],
      [1, 'labelled'],
    ]);
    expect(project.labels.history(0).at(-1)).toMatchObject({
      origin: 'imported',
      oldValue: { class: 0 },
      newValue: { class: 1 },
    });
    expect(project.scheme).toMatchObject({ version: 2, positive: null });
    expect(index.metadata[0]).toMatchObject({ name: 'site', values: ['Bonn', 'Köln', 'Ulm'] });
    expect(index.metadataOf(0)).toEqual([{ name: 'site', value: 'Köln' }]);
    expect(index.metadataOf(3)).toEqual([{ name: 'site', value: 'Bonn' }]);
    // Undo takes back what the table changed, and then what it brought.
    project.labels.undo();
    expect(index.rows([0, 4]).map((r) => r.class)).toEqual([0, 2]);
    project.labels.redo();
    await project.close();
    expect(folder.left()).toEqual([]);
  });

  it('twice the same adds nothing, and makes no new version of the splits', async () => {
    const root = await pictures('same', { 'a/1.png': 1, 'b/2.png': 2 });
    const draft = await folder.inspect(root);
    const dir = folder.path('same.residua');
    await draft.commit(accept(draft.review()), { dir });
    const { project, review } = await grow(await opened(dir), root);
    expect(review).toMatchObject({ added: 0, known: 2, differences: { count: 0 }, removed: { count: 0 } });
    expect(project.splits.version).toBe(1);
    await project.close();
  });

  it('keeps pixels and thumbnails of folders and arrays, also when the cache is made anew', async () => {
    const root = await pictures('mixed', { 'a/1.png': 1, 'b/2.png': 2 });
    const draft = await folder.inspect(root);
    const dir = folder.path('mixed.residua');
    await draft.commit(accept(draft.review()), { dir });
    const other = await pictures('other', { 'a/1.png': 11, 'b/2.png': 2, 'c/9.png': 9 });
    let { project } = await grow(await opened(dir), other);
    // Another picture of the same name gets its folder's in front; the same one is known.
    expect([2, 3].map((key) => project.index.id(key))).toEqual(['other/a/1.png', 'c/9.png']);
    const images = npy(
      '|u1',
      [3, 200, 4],
      Uint8Array.from({ length: 2400 }, (_, i) => (i * i) & 255),
    );
    const array = folder.write('more.npz', npz({ images, labels: npy('|u1', [3], Uint8Array.of(0, 1, 1)) }));
    ({ project } = await grow(project, array));
    expect(project.index.size).toBe(7);
    ({ project } = await grow(project, array));
    expect(project.index.size).toBe(7);
    const look = async (): Promise<unknown[]> =>
      Promise.all([0, 2, 3, 4, 6].flatMap((key) => [project.pixels.frame(key), project.pixels.thumb(key)]));
    const before = await look();
    await project.pixels.close();
    rmSync(project.cacheDir, { recursive: true });
    mkdirSync(project.cacheDir);
    await rebuildCache(project);
    expect(await look()).toEqual(before);
    await project.close();
  });
});

describe('splits of a project that grew', () => {
  it('are drawn towards 70/10/20 of all, class by class, however small the steps are', () => {
    let splits: (string | null)[] = [];
    for (let step = 0; step < 100; step++) {
      const grown = growSplits({
        before: { splits: splits as never, leak: splits.map(() => false) },
        group: Array.from({ length: splits.length + 2 }, (_, i) => i),
        classes: Array.from({ length: splits.length + 2 }, (_, i) => i % 2),
        brought: [null, null],
        seed: step,
      });
      expect(grown.splits.slice(0, splits.length)).toEqual(splits);
      splits = [...grown.splits];
    }
    for (const label of [0, 1]) {
      const own = splits.filter((_, i) => i % 2 === label);
      expect(['train', 'val', 'test'].map((s) => own.filter((x) => x === s).length)).toEqual([70, 10, 20]);
    }
  });

  it('leave a new member of a leaking group out, and send one of a torn group to test', () => {
    const grown = growSplits({
      before: { splits: [null, 'train', 'test', 'val'], leak: [true, false, false, false] },
      group: [0, 1, 1, 2, 0, 1, 2, 3, 3],
      classes: new Array(9).fill(null),
      brought: [null, null, null, 'test', null],
      seed: 1,
    });
    expect(grown.splits.slice(4)).toEqual([null, 'test', 'val', 'test', 'test']);
    expect(grown.leak.slice(4)).toEqual([true, false, false, false, false]);
    expect(grown.how).toEqual({ withGroup: 3, brought: 1, drawn: 0, none: 1 });
  });
});
