import { describe, expect, it } from 'vitest';
import { Project } from '@main/project';
import { MEDMNIST } from '@main/project/import/medmnist';
import { accept, importFolder, pngOf } from './setup';
import { bytes, npy, npz } from '../formats/npyFile';

const folder = importFolder();
const images = (count: number, from = 0): Buffer =>
  npy(
    '|u1',
    [count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, i) => (Math.imul(i + 1, 2654435761 + from) >>> 9) & 255),
  );
const labels = (rows: readonly (readonly number[])[]): Buffer =>
  npy('|u1', [rows.length, rows[0]!.length], Uint8Array.from(rows.flat()));
/** A ChestMNIST in small: three splits of labels (n, 14). */
const rowsOf = (count: number): number[][] =>
  Array.from({ length: count }, (_, i) => Array.from({ length: 14 }, (_q, q) => ((i + q) % 5 === 0 ? 1 : 0)));
const chest = (width = 14): Buffer =>
  npz({
    train_images: images(10),
    train_labels: labels(rowsOf(10).map((r) => r.slice(0, width))),
    val_images: images(4, 1),
    val_labels: labels(rowsOf(4).map((r) => r.slice(0, width))),
    test_images: images(5, 2),
    test_labels: labels(rowsOf(5)),
  });

describe('labels of several columns', () => {
  it('are answers, with the official names of ChestMNIST', async () => {
    const draft = await folder.inspect(folder.write('chestmnist.npz', chest()));
    const review = draft.review();
    expect(review).toMatchObject({ kind: 'answers', kindFromOfficialTable: true, unlabelled: 0, samples: 19 });
    expect(review.classes.map((c) => c.name)).toEqual(MEDMNIST.chestmnist!.classes);
    expect(review.classes[0]!.count).toBe(4);
    expect(review.suggested).toEqual({ policy: 'official', positive: null });
    await expect(
      draft.commit(accept(review, { kind: 'single' }), { dir: folder.path('wrong.residua') }),
    ).rejects.toThrow('answers to several questions');
    const dir = folder.path('chest.residua');
    await draft.commit(accept(review), { dir });
    const project = await Project.open(dir, { holder: 'cli' });
    try {
      expect(project.scheme.kind).toBe('answers');
      const [first] = project.index.rows([0]);
      expect(first!.answers).toEqual(Object.fromEntries(rowsOf(1)[0]!.map((v, q) => [q, v === 1 ? 'yes' : 'no'])));
      expect(project.index.facets({}).answers[5]).toEqual({ class: 5, yes: 4, no: 15, na: 0, disputed: 0 });
    } finally {
      await project.close();
    }
  });

  it('say "not assessed" by NaN or a negative number', async () => {
    const data = Float32Array.from([1, NaN, 0, -1, 1, 1, NaN, NaN]);
    const file = folder.write('some.npz', npz({ images: images(4), labels: npy('<f4', [4, 2], bytes(data)) }));
    const draft = await folder.inspect(file);
    const review = draft.review();
    expect(review.classes.map((c) => [c.name, c.count])).toEqual([
      ['finding 1', 2],
      ['finding 2', 1],
    ]);
    expect(review.unlabelled).toBe(1);
    const dir = folder.path('some.residua');
    await draft.commit(accept(review, { policy: 'new' }), { dir });
    const project = await Project.open(dir, { holder: 'cli' });
    expect(project.index.rows([0, 1, 2, 3]).map((r) => [r.answers, r.state])).toEqual([
      [{ 0: 'yes' }, 'labelled'],
      [{ 0: 'no' }, 'labelled'],
      [{ 0: 'yes', 1: 'yes' }, 'labelled'],
      [null, 'unlabelled'],
    ]);
    await project.close();
  });

  it('are refused where they are no answers, or their parts differ', async () => {
    const bad = npz({
      images: images(2),
      labels: labels([
        [0, 1],
        [3, 1],
      ]),
    });
    await expect(folder.inspect(folder.write('bad.npz', bad))).rejects.toThrow('holds 3 for image 1');
    await expect(folder.inspect(folder.write('parts.npz', chest(13)))).rejects.toThrow('13 and 14 answers');
    expect(folder.left()).toEqual([]);
  });
});

describe('answers of a table', () => {
  const table = [
    'file,edema,mass,age',
    'a.png,1,no,40',
    'b.png,,YES,50',
    'c.png,0,suspicious,60',
    'd.png,1,,70',
    'd.png,0,,70',
    'e.png,yes,,80',
    'e.png,,no,80',
  ].join('\n');
  const pictures = async (): Promise<void> => {
    for (const [i, name] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) folder.write(`pics/${name}.png`, await pngOf(i));
  };

  it('have a column a question, and rows that contradict each other give none', async () => {
    await pictures();
    const file = folder.write('answers.csv', table);
    const map = { path: 'file', answers: ['edema', 'mass'], labels: { suspicious: null } };
    const draft = await folder.inspect(folder.path('pics'), { table: file, map });
    const review = draft.review();
    expect(review).toMatchObject({ kind: 'answers', samples: 6, unlabelled: 2 });
    expect(review.classes.map((c) => [c.name, c.count])).toEqual([
      ['edema', 2],
      ['mass', 1],
    ]);
    expect(review.table?.conflicts.first.map((c) => [c.id, c.column])).toEqual([['d.png', 'edema']]);
    const dir = folder.path('table.residua');
    await draft.commit(accept(review, { policy: 'new' }), { dir });
    const project = await Project.open(dir, { holder: 'cli' });
    expect(project.index.rows([0, 1, 2, 3, 4, 5]).map((r) => r.answers)).toEqual([
      { 0: 'yes', 1: 'no' },
      { 1: 'yes' },
      { 0: 'no' },
      null,
      { 0: 'yes', 1: 'no' },
      null,
    ]);
    await project.close();
  });

  it('say what they do not understand', async () => {
    await pictures();
    const file = folder.write('answers.csv', table);
    const inspect = (map: object) => folder.inspect(folder.path('pics'), { table: file, map });
    await expect(inspect({ path: 'file', answers: ['edema', 'mass'] })).rejects.toThrow('row 4 says "suspicious"');
    await expect(inspect({ path: 'file', answers: ['oedema'] })).rejects.toThrow('the column "oedema"');
    await expect(inspect({ path: 'file', label: 'mass', answers: ['edema'] })).rejects.toThrow('not both');
  });
});
