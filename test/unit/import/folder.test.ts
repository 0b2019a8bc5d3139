import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Project } from '@main/project';
import { rebuildCache } from '@main/project/import';
import { refused } from '../formats/folder';
import { accept, importFolder, pngOf } from './setup';

const folder = importFolder();

async function pictures(root: string, names: readonly string[]): Promise<string> {
  for (const [i, name] of names.entries()) folder.write(`${root}/${name}`, await pngOf(i + root.length * 100));
  return folder.path(root);
}

describe('folders of pictures', () => {
  it('class folders', async () => {
    const root = await pictures('classes', [
      'normal/2.png',
      'normal/10.png',
      'tumour/a.png',
      'tumour/deep/b.png',
      '.hidden/c.png',
      'tumour/._a.png',
    ]);
    const draft = await folder.inspect(root);
    const review = draft.review();
    expect(review).toMatchObject({ samples: 4, officialSplits: null, suggested: { positive: 1 }, quarantined: [] });
    expect(review.classes.map((c) => [c.name, c.count])).toEqual([
      ['normal', 2],
      ['tumour', 2],
    ]);
    const dir = folder.path('classes.residua');
    await draft.commit(accept(review), { dir });
    const project = await Project.open(dir, { holder: 'cli' });
    expect([0, 1, 2, 3].map((key) => project.index.id(key))).toEqual([
      'normal/2.png',
      'normal/10.png',
      'tumour/a.png',
      'tumour/deep/b.png',
    ]);
    const frame = await project.pixels.frame(3);
    expect(frame).toMatchObject({ width: 40, height: 30, channels: 1, type: 'uint8' });
    expect((await project.pixels.thumb(3)).data).toEqual(frame.data);
    rmSync(project.cacheDir, { recursive: true });
    mkdirSync(project.cacheDir);
    await rebuildCache(project);
    expect((await project.pixels.thumb(3)).data).toEqual(frame.data);
    writeFileSync(folder.path('classes', 'tumour', 'a.png'), await pngOf(999));
    await refused(
      rebuildCache(project),
      'file-damaged',
      /no longer the file/,
      folder.path('classes', 'tumour', 'a.png'),
    );
    await project.close();
  });

  it('nothing labelled: classes are typed in, and splits are drawn by group alone', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `${i}.png`);
    const draft = await folder.inspect(await pictures('plain', names));
    const review = draft.review();
    expect(review).toMatchObject({ samples: 40, unlabelled: 40, classes: [], folders: null });
    expect(review.suggested).toEqual({ policy: 'new', positive: null });
    const classes = ['tumour', 'none'].map((name, id) => ({ id, name, short: name }));
    const dir = folder.path('plain.residua');
    await refused(draft.commit(accept(review, { classes }), { dir }), 'value-invalid', /positive/);
    const result = await draft.commit(accept(review, { classes, positive: 0 }), { dir });
    expect(result).toMatchObject({ classes: ['tumour', 'none'], stratified: false, groups: 40 });
    expect(result.splits).toEqual({ train: 28, val: 4, test: 8 });
    const project = await Project.open(dir, { holder: 'cli' });
    expect(project.splits).toMatchObject({ policy: 'new', stratified: false });
    expect([...project.index.classes].every((c) => c === -1)).toBe(true);
    expect(project.scheme).toMatchObject({ positive: 0, version: 1 });
    // Not the order of the files, and the same order every time.
    const random = (): number[] => [...project.index.list({ filter: {}, sort: 'random', seed: 1 })];
    expect(random()).not.toEqual([...project.index.list({ filter: {}, sort: 'id' })]);
    expect(random()).toEqual(random());
    await project.close();
  });

  it('a project may start without a class', async () => {
    const draft = await folder.inspect(await pictures('bare', ['1.png', '2.png']));
    const dir = folder.path('bare.residua');
    expect((await draft.commit(accept(draft.review()), { dir })).classes).toEqual([]);
    const project = await Project.open(dir, { holder: 'cli' });
    expect(project.base()).toMatchObject({ samples: 2, scheme: { classes: [], positive: null } });
    await project.close();
  });

  it('a class that stands in the files cannot be left out, others can be added', async () => {
    const draft = await folder.inspect(await pictures('more', ['a/1.png', 'b/2.png']));
    const review = draft.review();
    const [a, b] = review.classes.map(({ id, name, short }) => ({ id, name, short }));
    const dir = folder.path('more.residua');
    await refused(draft.commit(accept(review, { classes: [a!] }), { dir }), 'value-invalid', /"b" stands in the files/);
    const classes = [a!, b!, { id: 2, name: 'c', short: 'c' }];
    const result = await draft.commit(accept(review, { classes, positive: null }), { dir });
    expect(result).toMatchObject({ classes: ['a', 'b', 'c'], stratified: true });
  });

  it('folders inside may be patients, or nothing', async () => {
    const root = await pictures('people', ['P1/1.png', 'P1/2.png', 'P2/3.png', '4.png']);
    const patients = await folder.inspect(root, { folders: 'patients' });
    expect(patients.review()).toMatchObject({ classes: [], unlabelled: 4, patientsKnown: 2, folders: 'patients' });
    const draft = await folder.inspect(root, { folders: 'nothing' });
    expect(draft.review()).toMatchObject({ classes: [], unlabelled: 4, patientsKnown: 0, folders: 'nothing' });
    const classes = await folder.inspect(root);
    expect(classes.review()).toMatchObject({ folders: 'classes', patientsKnown: 0 });
    await Promise.all([patients, draft, classes].map((d) => d.discard()));
  });

  it('class folders inside split folders', async () => {
    const root = await pictures('splits', ['train/a/1.png', 'train/b/2.png', 'val/a/3.png', 'test/b/4.png']);
    const draft = await folder.inspect(root);
    expect(draft.review().officialSplits).toEqual({ train: 2, val: 1, test: 1 });
    expect(draft.review().classes.map((c) => c.name)).toEqual(['a', 'b']);
    await draft.discard();
  });

  it('a table with patients, splits and readers', async () => {
    const root = await pictures('table', ['p/1.png', 'p/2.png', 'p/3.png', 'p/4.png', 'p/5.png']);
    const table = folder.write(
      'elsewhere/labels.csv',
      'path,label,patient,split,reader\np/1.png,benign,P1,train,Dr A\np/2.png,malignant,P1,val,\n./p/3.png,,P2,test,\np\\4.png,benign,,Train,\n',
    );
    const draft = await folder.inspect(root, { table });
    const review = draft.review();
    expect(review).toMatchObject({
      samples: 5,
      unlabelled: 2,
      patientsKnown: 2,
      officialSplits: { train: 2, val: 1, test: 1 },
      suggested: { policy: 'official', positive: 1 },
    });
    // The patient of 1 and 2 straddles train and validation.
    expect(review.splits['leak-free']).toEqual({ train: 1, val: 1, test: 1 });
    expect(review.quarantined).toEqual([]);
    expect(review.table).toMatchObject({ rows: 4, withoutRow: { count: 1, first: ['p/5.png'] }, blankPatients: 1 });
    const dir = folder.path('table.residua');
    const result = await draft.commit(accept(review), { dir });
    expect(result.groups).toBe(4);
    const project = await Project.open(dir, { holder: 'cli' });
    const rows = project.index.rows([0, 1, 2, 3]);
    expect(rows.map((r) => [r.id, r.state, r.reader, r.split])).toEqual(
      [
        ['p/1.png', 'labelled', 'Dr A', 'train'],
        ['p/2.png', 'labelled', expect.anything(), 'val'],
        ['p/3.png', 'unlabelled', null, 'test'],
        ['p/4.png', 'labelled', expect.anything(), 'train'],
      ].map((r) =>
        typeof r[2] === 'string' || r[2] === null ? r : [r[0], r[1], rows.find((x) => x.id === r[0])!.reader, r[3]],
      ),
    );
    await project.close();
  });

  it('a table at the root is found', async () => {
    const root = await pictures('found', ['1.png', '2.png', '3.png']);
    folder.write('found/other.csv', 'a,b\n1,2\n');
    folder.write('found/labels.csv', 'path,label\n1.png,10\n2.png,9\n3.png,10\n');
    const draft = await folder.inspect(root);
    expect(draft.review().classes.map((c) => [c.name, c.count])).toEqual([
      ['9', 1],
      ['10', 2],
    ]);
    await draft.discard();
  });

  it('puts damaged pictures aside and goes on', async () => {
    const root = await pictures('damaged', ['a/1.png', 'a/2.png', 'b/3.png', 'b/4.png']);
    const whole = await pngOf(7);
    folder.write('damaged/a/cut.png', whole.subarray(0, whole.length / 2));
    folder.write('damaged/b/empty.jpg', '');
    folder.write('damaged/b/text.tif', 'not a picture');
    const draft = await folder.inspect(root);
    const review = draft.review();
    expect(review.samples).toBe(4);
    expect(review.quarantined).toEqual([
      { file: 'a/cut.png', reason: expect.stringMatching(/damaged or cut short/) },
      { file: 'b/empty.jpg', reason: 'it is empty' },
      { file: 'b/text.tif', reason: expect.stringMatching(/no PNG, JPEG or TIFF/) },
    ]);
    const result = await draft.commit(accept(review), { dir: folder.path('damaged.residua') });
    expect(result.quarantined).toEqual(review.quarantined);
  });

  it('a folder without a single good picture is refused', async () => {
    folder.write('none/readme.txt', 'x');
    await refused(folder.inspect(folder.path('none')), 'file-no-samples', /no PNG, JPEG or TIFF/, folder.path('none'));
    folder.write('allbad/a/1.png', 'x');
    folder.write('allbad/b/2.png', 'x');
    await refused(
      folder.inspect(folder.path('allbad')),
      'file-no-samples',
      /none of its 2 pictures/,
      folder.path('allbad'),
    );
    expect(folder.left()).toEqual([]);
  });

  it('tables that are wrong are refused, naming the row', async () => {
    const root = await pictures('wrong', ['1.png', '2.png']);
    const wrong = (
      text: string,
      reason: RegExp,
      code: 'table-invalid' | 'file-no-samples' = 'table-invalid',
    ): Promise<void> => {
      const table = folder.write('wrong.csv', text);
      return refused(folder.inspect(root, { table }), code, reason, table);
    };
    await wrong('file,label\n1.png,a\n', /no column "path" \(it has file, label\)/);
    await wrong('path,class\n1.png,a\n', /no column "label"/);
    await wrong('path,label,split\n1.png,a,holdout\n', /row 2 has the split "holdout"/);
    await wrong('path,label,split\n1.png,a,train\n2.png,a,\n', /row 3 has no split/);
    await wrong('path,label\n,a\n', /no row of it names a picture/, 'file-no-samples');
    await wrong('path,label\n../secret.png,a\n', /no row of it names a picture/, 'file-no-samples');
    const draft = await folder.inspect(root, {
      table: folder.write('some.csv', 'path,label\n1.png,a\n9.png,b\n../wrong/2.png,b\n'),
    });
    expect(draft.review().quarantined).toEqual([
      { file: '9.png', reason: expect.stringMatching(/row 3 of the table/) },
    ]);
    expect(draft.review().samples).toBe(2);
    await draft.discard();
  });
});
