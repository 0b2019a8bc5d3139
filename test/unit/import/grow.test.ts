import { mkdirSync, rmSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Project, SPLIT_CODES } from '@main/project';
import { growthDecisions, type GrowthDecisions } from '@shared/domain';
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
  more: { table?: string } & Partial<GrowthDecisions> = {},
): Promise<{
  project: Project;
  review: ReturnType<Awaited<ReturnType<typeof inspectGrowth>>['review']>;
  result: object;
}> {
  const draft = await inspectGrowth(project, { paths: [paths], table: more.table, stagingDir: folder.path('staging') });
  const review = draft.review();
  const { table: _, ...decisions } = more;
  const result = await draft.commit(growthDecisions.parse({ changes: 'untouched', ...decisions }));
  await project.close();
  return { project: await opened(project.dir), review, result };
}

/** As `pngOf`, with one pixel changed: nearly the same. */
async function nearly(seed: number): Promise<Buffer> {
  const { data, info } = await sharp(await pngOf(seed))
    .raw()
    .toBuffer({ resolveWithObject: true });
  data[0]! ^= 64;
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
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

  it('leaves near pairs to the person, and shows both sides of them', async () => {
    const root = await pictures('near', { '1.png': 1, '2.png': 2, '3.png': 3, '4.png': 4 });
    const draft = await folder.inspect(root);
    const dir = folder.path('near.residua');
    await draft.commit(accept(draft.review()), { dir });
    const project = await opened(dir);
    folder.write('near/5.png', await nearly(1));
    folder.write('near/6.png', await nearly(2));
    const growth = await inspectGrowth(project, { paths: [root], stagingDir: folder.path('staging') });
    const { pairs, pairsInAll, splits } = growth.review();
    expect([pairsInAll, splits.withGroup]).toEqual([2, 2]);
    expect(pairs.map(({ a, b, exact }) => [a.id, b.id, a.index, b.index, exact])).toEqual(
      expect.arrayContaining([
        ['1.png', '5.png', 0, 4, false],
        ['2.png', '6.png', 1, 5, false],
      ]),
    );
    const thumbs = await growth.thumbs([0, 4]);
    expect(thumbs.map((t) => t.key)).toEqual([0, 4]);
    expect(thumbs[0]!.data.length).toBe(thumbs[1]!.data.length);
    const apart = pairs.findIndex((pair) => pair.a.id === '1.png');
    await growth.commit(growthDecisions.parse({ changes: 'none', pairs: { [apart]: false } }));
    await project.close();
    const { index, ...grown } = await opened(dir);
    expect(index.groups[4]).not.toBe(index.groups[0]);
    expect(index.groups[5]).toBe(index.groups[1]);
    expect(index.splits[5]).toBe(index.splits[1]);
    expect(grown.dir).toBe(dir);
    expect(folder.left()).toEqual([]);
  });

  it('says where a table moves a sample to another patient or its rows disagree, and moves nothing', async () => {
    const root = await pictures('moved', { '1.png': 1, '2.png': 2, '3.png': 3 });
    const table = folder.path('moved', 'list.csv');
    folder.write('moved/list.csv', 'path,label,patient,reader\n1.png,a,P1,\n2.png,b,P2,\n3.png,a,,\n');
    const draft = await folder.inspect(root, { table });
    const dir = folder.path('moved.residua');
    await draft.commit(accept(draft.review()), { dir });
    await pictures('moved', { '4.png': 4 });
    folder.write(
      'moved/list.csv',
      'path,label,patient,reader\n1.png,a,P2,\n2.png,a,P2,Ana\n2.png,b,P2,Ben\n3.png,a,P1,\n4.png,a,P4,Ana\n4.png,b,P4,Ben\n',
    );
    const { project, review, result } = await grow(await opened(dir), root, { table });
    const patients = [
      { sample: '1.png', from: 'P1', to: 'P2' },
      { sample: '3.png', from: null, to: 'P1' },
    ];
    expect(review).toMatchObject({ added: 1, unlabelled: 1, differences: { count: 0 }, patients: { count: 2 } });
    expect(review.patients.first).toEqual(patients);
    expect(review.table?.conflicts.first).toEqual([
      { id: '2.png', rows: [3, 4], column: 'label', values: ['a', 'b'], readers: ['Ana', 'Ben'] },
      { id: '4.png', rows: [6, 7], column: 'label', values: ['a', 'b'], readers: ['Ana', 'Ben'] },
    ]);
    expect(result).toMatchObject({ patients });
    expect(new Set(project.index.groups).size).toBe(4);
    expect(project.index.rows([1, 3]).map((r) => r.state)).toEqual(['labelled', 'unlabelled']);
    await project.close();
  });

  it('takes the word of a table about patients as a step of its own, with a new version of the splits, undone and done again', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `${i}.png`);
    const root = await pictures('whose', Object.fromEntries(names.map((name, i) => [name, 40 + i])));
    const table = folder.path('whose', 'list.csv');
    const write = (patients: readonly string[]): string =>
      folder.write(
        'whose/list.csv',
        `path,label,patient\n${names.map((n, i) => `${n},a,${patients[i]}`).join('\n')}\n`,
      );
    const before = names.map((_, i) => `P${i}`);
    write(before);
    const draft = await folder.inspect(root, { table });
    await draft.commit(accept(draft.review()), { dir: folder.path('whose.residua') });
    let project = await opened(folder.path('whose.residua'));
    const first = project.index.list({ filter: {}, sort: 'id' }).map((key) => project.index.splits[key]!);
    const key = first.indexOf(SPLIT_CODES.indexOf('train'));
    const other = first.indexOf(SPLIT_CODES.indexOf('test'));
    const patients = before.with(key, before[other]!);
    write(patients);

    const kept = await grow(project, root, { table });
    expect(kept.review.patients.first).toEqual([{ sample: names[key], from: before[key], to: before[other] }]);
    expect(kept.review.patientSplits).toMatchObject({ moved: 1, leftOutAsLeak: 0, patientLeaks: 0, groups: 9 });
    expect([kept.project.splits.version, kept.project.labels.canUndo]).toEqual([1, false]);

    const taken = await grow(kept.project, root, { table, patients: 'take' });
    project = taken.project;
    expect(taken.result).toMatchObject({ patientsTaken: true });
    const now = (): number[] => Array.from(project.index.splits);
    const moved = first.with(key, first[other]!);
    expect([project.splits.version, now(), project.splits.patientLeaks]).toEqual([2, moved, 0]);
    expect(project.index.groups[key]).toBe(project.index.groups[other]);
    expect(
      (await inspectGrowth(project, { paths: [root], table, stagingDir: folder.path('staging') })).review().patients
        .count,
    ).toBe(0);

    expect(project.labels.undo()).toMatchObject({ keys: [], patients: { samples: 1, splitVersion: 3 } });
    expect([now(), project.splits.version]).toEqual([first, 3]);
    expect(project.index.groups[key]).not.toBe(project.index.groups[other]);
    await project.close();
    project = await opened(project.dir);
    expect(project.labels.redo()).toMatchObject({ patients: { samples: 1, splitVersion: 4 } });
    expect([now(), project.labels.canUndo]).toEqual([moved, true]);
    const { patients: listed } = project.labels.activity({ before: null, limit: 10 });
    expect(listed.map((e) => [e.origin, e.samples, e.splitVersion])).toEqual([
      ['redo', 1, 4],
      ['undo', 1, 3],
      ['imported', 1, 2],
    ]);
    // A scoring stands on the present splits: nothing takes it away by the way.
    project.scorings.log('0001-quick');
    expect(project.labels.canUndo).toBe(false);
    write(before);
    const again = await inspectGrowth(project, { paths: [root], table, stagingDir: folder.path('staging') });
    expect(again.review().patientSplits?.voids.times).toBe(1);
    const take = growthDecisions.parse({ changes: 'none', patients: 'take' });
    await expect(again.commit(take)).rejects.toMatchObject({ code: 'test-scored' });
    await again.commit({ ...take, voidTestScores: true });
    await project.close();
    project = await opened(project.dir);
    expect([project.splits.version, project.scorings.count().times]).toEqual([5, 0]);
    expect(project.patients.named(project.splitVersions.material().patients[key]!)).toBe(before[key]);
    await project.close();
  });

  it.each([
    ['official', 'train', 1],
    ['leak-free', null, 0],
  ] as const)(
    'under %s splits counts the leaks of other patients, or leaves them out',
    async (policy, split, leaks) => {
      const root = await pictures(policy, { '1.png': 60, '2.png': 61, '3.png': 62 });
      const table = folder.path(policy, 'list.csv');
      const write = (patient: string): string =>
        folder.write(
          `${policy}/list.csv`,
          `path,label,patient,split\n1.png,a,${patient},train\n2.png,a,P2,test\n3.png,a,P3,train\n`,
        );
      write('P1');
      const draft = await folder.inspect(root, { table });
      await draft.commit(accept(draft.review(), { policy }), { dir: folder.path(`${policy}.residua`) });
      write('P2');
      const { project } = await grow(await opened(folder.path(`${policy}.residua`)), root, { table, patients: 'take' });
      const splitNow = () => SPLIT_CODES[project.index.splits[0]!];
      expect([splitNow(), project.splits.patientLeaks]).toEqual([split, leaks]);
      project.labels.undo();
      expect([splitNow(), project.splits.patientLeaks, project.splits.leftOutAsLeak]).toEqual(['train', 0, 0]);
      await project.close();
    },
  );

  it('spreads the rarest findings of new samples evenly', async () => {
    const findings = (from: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `${from + i}.png,${i % 4 === 0 ? 1 : 0},1`).join('\n');
    const root = 'asked';
    const write = async (from: number, count: number): Promise<void> => {
      for (let i = from; i < from + count; i++) folder.write(`${root}/${i}.png`, await pngOf(500 + i));
      folder.write(`${root}/list.csv`, `path,rare,common\n${findings(from, count)}\n`);
    };
    await write(1, 8);
    const draft = await folder.inspect(folder.path(root), {
      table: folder.path(root, 'list.csv'),
      map: { path: 'path', answers: ['rare', 'common'] },
    });
    const dir = folder.path('asked.residua');
    await draft.commit(accept(draft.review(), { policy: 'new' }), { dir });
    await write(9, 72);
    const { project } = await grow(await opened(dir), folder.path(root), { table: folder.path(root, 'list.csv') });
    const rare = project.index
      .rows(Array.from({ length: 80 }, (_, key) => key))
      .filter((r) => r.answers?.[0] === 'yes');
    expect(['train', 'val', 'test'].map((s) => rare.filter((r) => r.split === s).length)).toEqual([14, 2, 4]);
    await project.close();
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
