import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answersOf, type LabelAnswers, type LabelEvent, type LabelScheme } from '@shared/domain';
import { answersTarget } from '@shared/scheme';
import type { UserError } from '@shared/errors';
import type { NewProject, Project } from '@main/project';
import { History } from '@main/project/journal/fold';
import { classOf, READ, sampleOf, Workshop, projectOf } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

const QUESTIONS = [classOf(0, 'edema'), classOf(1, 'mass'), classOf(2, 'nodule')];
/** Four samples: edema and no mass; no edema; nothing assessed; all three. */
const GIVEN: readonly (LabelAnswers | null)[] = [
  { 0: 'yes', 1: 'no' },
  { 0: 'no' },
  null,
  { 0: 'no', 1: 'yes', 2: 'yes' },
];
const asking = (): NewProject =>
  projectOf(
    GIVEN.map((answers, key) => sampleOf(key, { class: null, answers, split: 'train', officialSplit: 'train' })),
    { kind: 'answers', classes: QUESTIONS, positive: null },
  );
const rowsOf = (p: Project) => p.index.rows([0, 1, 2, 3]).map((r) => [r.answers, r.state]);

describe('several answers', () => {
  it('come in with the import, and what nobody assessed is no label', async () => {
    const p = await shop.start(asking());
    expect(rowsOf(p)).toEqual([
      [{ 0: 'yes', 1: 'no' }, 'labelled'],
      [{ 0: 'no' }, 'labelled'],
      [null, 'unlabelled'],
      [{ 0: 'no', 1: 'yes', 2: 'yes' }, 'labelled'],
    ]);
    expect(p.index.rows([0])[0]!.class).toBeNull();
    expect(p.rule).toEqual({ kind: 'threshold', value: 0.5 });
  });

  it('change one by one, each an event with the whole value that says which it is about', async () => {
    const p = await shop.start(asking());
    p.labels.set([0], { answers: { 2: 'yes' } }, READ);
    const event = p.labels.history(0).at(-1)!;
    expect(event).toMatchObject({
      target: 'answers:2',
      oldValue: { answers: { 0: 'yes', 1: 'no' } },
      newValue: { answers: { 0: 'yes', 1: 'no', 2: 'yes' } },
      newState: 'checked',
    });
    p.labels.set([0], { answers: { 1: 'na' } }, READ);
    expect(p.index.rows([0])[0]!.answers).toEqual({ 0: 'yes', 2: 'yes' });
    p.labels.set([1], { answers: { 0: 'na' } }, READ);
    expect(rowsOf(p)[1]).toEqual([null, 'unlabelled']);
    p.labels.undo();
    p.labels.undo();
    expect(rowsOf(p).slice(0, 2)).toEqual([
      [{ 0: 'yes', 1: 'no', 2: 'yes' }, 'checked'],
      [{ 0: 'no' }, 'labelled'],
    ]);
    p.labels.redo();
    const again = await shop.again(p);
    expect(again.index.rows([0])[0]!.answers).toEqual({ 0: 'yes', 2: 'yes' });
    again.labels.undo();
    again.labels.undo();
    expect(rowsOf(again)[0]).toEqual([{ 0: 'yes', 1: 'no' }, 'labelled']);
  });

  it('refuse what means nothing', async () => {
    const p = await shop.start(asking());
    const refused = (change: Parameters<typeof p.labels.set>[1]): string => {
      try {
        p.labels.set([2], change, READ);
      } catch (error) {
        return (error as UserError).code;
      }
      return 'taken';
    };
    expect(refused({ class: 0 })).toBe('value-invalid');
    expect(refused({ answers: { 9: 'yes' } })).toBe('class-missing');
    expect(refused({ answers: { 0: 'na' }, state: 'checked' })).toBe('value-invalid');
    expect(refused({ state: 'checked' })).toBe('value-invalid');
    expect(refused({ answers: { 0: 'no' }, state: 'unsure' })).toBe('taken');
    const one = await shop.start(2);
    expect(() => one.labels.set([0], { answers: { 0: 'yes' } }, READ)).toThrow('one class a sample');
  });

  it('of two workstations stand side by side, and taking one back leaves the other', () => {
    const event = (id: string, more: Partial<LabelEvent>): LabelEvent =>
      ({ id, origin: 'read', refers: null, newState: 'checked', reason: null, note: null, ...more }) as LabelEvent;
    const history = new History();
    history.add(
      event('a', { target: 'label', reader: 'import', newValue: { answers: { 0: 'no', 1: 'no' } } }) as never,
    );
    // Both saw only what was imported; their events come one behind the other when the journals are merged.
    const [ana, ben] = [
      event('b', { target: answersTarget([0]), reader: 'Ana', newValue: { answers: { 0: 'yes', 1: 'no' } } }),
      event('c', { target: answersTarget([1]), reader: 'Ben', newValue: { answers: { 0: 'no', 1: 'yes' } } }),
    ];
    history.add(ana as never);
    history.add(ben as never);
    expect(answersOf(history.label.value)).toEqual({ 0: 'yes', 1: 'yes' });
    expect(history.byReader().map((l) => [l.reader, answersOf(l.value)])).toEqual([
      [null, { 0: 'no', 1: 'no' }],
      ['Ana', { 0: 'yes' }],
      ['Ben', { 1: 'yes' }],
    ]);
    history.add(event('d', { target: ana!.target, reader: 'Ana', origin: 'undo', refers: 'b' }) as never);
    expect(answersOf(history.label.value)).toEqual({ 0: 'no', 1: 'yes' });
  });

  it('are those of then at an old position', async () => {
    const p = await shop.start(asking());
    const then = p.labels.position;
    p.labels.set([0, 1], { answers: { 0: 'yes' } }, { origin: 'bulk', context: null });
    const column = (position: number) => Array.from(p.labels.at(position).answers.get(0)!);
    expect(column(then)).toEqual([1, 2, 0, 2]);
    expect(column(p.labels.position)).toEqual([1, 1, 0, 2]);
    // The first sample's answer was confirmed: same answers, same state.
    expect(p.labels.changedSince(then)).toBe(1);
  });

  it('are filtered, counted, and disputed one by one', async () => {
    const p = await shop.start(asking());
    p.setPredictions({
      run: null,
      head: 'probe',
      classes: [0, 1, 2],
      // Agrees everywhere; edema said to be there; the same; mass denied.
      probabilities: Float32Array.from([0.9, 0.1, 0.5, 0.8, 0.9, 0.9, 0.7, 0.7, 0.7, 0.2, 0.3, 0.6]),
      kind: Uint8Array.from([1, 1, 1, 3]),
    });
    const { facets } = { facets: p.index.facets({}) };
    expect(facets.answers).toEqual([
      { class: 0, yes: 1, no: 2, na: 1, disputed: 1 },
      { class: 1, yes: 1, no: 1, na: 2, disputed: 0 },
      { class: 2, yes: 1, no: 0, na: 3, disputed: 0 },
    ]);
    expect(p.index.list({ filter: { answers: { 0: ['no'] } }, sort: 'id' })).toEqual([1, 3]);
    expect(p.index.list({ filter: { answers: { 0: ['no', 'na'], 1: ['na'] } }, sort: 'id' })).toEqual([1, 2]);
    expect(p.index.list({ filter: { disputed: [0, 1] }, sort: 'id' })).toEqual([1]);
    // A facet counts what its own boxes would bring.
    expect(p.index.facets({ answers: { 0: ['no'] } }).answers[0]).toMatchObject({ yes: 1, no: 2, na: 1 });
    const [agrees, disagrees, unlabelled, seen] = p.index.rows([0, 1, 2, 3]).map((r) => r.prediction!);
    expect([agrees!.agrees, disagrees!.agrees, unlabelled!.agrees, seen!.agrees]).toEqual([true, false, null, null]);
    expect(disagrees!.answers).toEqual({ 0: 'yes', 1: 'yes', 2: 'yes' });
    expect(disagrees!.class).toBeNull();
    expect(p.index.labelProbability[1]).toBeCloseTo(0.2);
    p.setRule({ kind: 'threshold', value: 0.85 });
    expect(p.index.rows([1])[0]!.prediction).toMatchObject({ agrees: true, answers: { 0: 'no', 1: 'yes', 2: 'yes' } });
    p.labels.set([1], { answers: { 1: 'no' } }, READ);
    expect(p.index.facets({}).answers[1]).toMatchObject({ disputed: 1 });
  });

  it('go into a table with a column each, and come back', async () => {
    const p = await shop.start(asking());
    p.labels.set([2], { answers: { 1: 'yes' } }, READ);
    const file = join(shop.root, 'out.csv');
    await p.labels.exportCsv(file);
    expect(readFileSync(file, 'utf8').split('\r\n').slice(0, 5)).toEqual([
      'sample,split,group,edema,mass,nodule,state,reader',
      'sample_00000,train,0,yes,no,na,labelled,',
      'sample_00001,train,1,no,na,na,labelled,',
      'sample_00002,train,2,na,yes,na,checked,Ana',
      'sample_00003,train,3,no,yes,yes,labelled,',
    ]);
    expect((await p.labels.importCsv(file)).changed).toBe(0);
    const other = await shop.start(asking());
    expect((await other.labels.importCsv(file)).changed).toBe(1);
    expect(rowsOf(other)).toEqual(rowsOf(p));
    // A table of one question leaves the others alone; an empty cell is "not assessed".
    writeFileSync(file, 'sample,mass\r\nsample_00000,1\r\nsample_00003,\r\n');
    await other.labels.importCsv(file);
    expect(rowsOf(other)[0]![0]).toEqual({ 0: 'yes', 1: 'yes' });
    expect(rowsOf(other)[3]![0]).toEqual({ 0: 'no', 2: 'yes' });
    writeFileSync(file, 'sample,mass\r\nsample_00000,maybe\r\n');
    await expect(other.labels.importCsv(file)).rejects.toThrow('row 2: "maybe" in the column "mass" is no answer');
    writeFileSync(file, 'sample,label\r\nsample_00000,mass\r\n');
    await expect(other.labels.importCsv(file)).rejects.toThrow('no column of an answer');
  });

  it('of every reader come back in their readers’ names', async () => {
    const p = await shop.start(asking());
    p.labels.set([0], { answers: { 0: 'no' } }, READ);
    p.labels.set([0], { answers: { 2: 'yes' } }, { ...READ, reader: 'Ben' });
    const file = join(shop.root, 'all.csv');
    await p.labels.exportCsv(file, { allReaders: true });
    const other = await shop.start(asking());
    await other.labels.importCsv(file);
    expect(other.labels.byReader(0).map((l) => [l.reader, answersOf(l.value)])).toEqual([
      [null, { 0: 'yes', 1: 'no' }],
      ['Ana', { 0: 'no' }],
      ['Ben', { 2: 'yes' }],
    ]);
    expect(other.index.rows([0])[0]!.answers).toEqual({ 0: 'no', 1: 'no', 2: 'yes' });
  });
});

describe('questions', () => {
  const schemeOf = (p: Project): LabelScheme => p.scheme;

  it('that are merged are yes where one is, and no only where all are', async () => {
    const p = await shop.start(asking());
    p.labels.mergeClasses([2], 1);
    expect(schemeOf(p).classes.map((c) => c.name)).toEqual(['edema', 'mass']);
    // mass no, nodule not assessed: not assessed, never no.
    expect(rowsOf(p).map((r) => r[0])).toEqual([{ 0: 'yes' }, { 0: 'no' }, null, { 0: 'no', 1: 'yes' }]);
    // An answer to the merged question is final, whatever stood on its parts.
    p.labels.set([3], { answers: { 1: 'no' } }, READ);
    p.labels.set([0], { answers: { 1: 'no' } }, READ);
    expect(rowsOf(p).map((r) => r[0])).toEqual([{ 0: 'yes', 1: 'no' }, { 0: 'no' }, null, { 0: 'no', 1: 'no' }]);
    for (let i = 0; i < 3; i++) p.labels.undo();
    expect(rowsOf(p)[3]![0]).toEqual({ 0: 'no', 1: 'yes', 2: 'yes' });
  });

  it('that are split are asked anew', async () => {
    const p = await shop.start(asking());
    p.labels.splitClass(1, [{ name: 'large mass' }, { name: 'small mass' }]);
    expect(schemeOf(p).classes.map((c) => [c.id, c.name])).toEqual([
      [0, 'edema'],
      [3, 'large mass'],
      [4, 'small mass'],
      [2, 'nodule'],
    ]);
    expect(rowsOf(p).map((r) => r[0])).toEqual([{ 0: 'yes' }, { 0: 'no' }, null, { 0: 'no', 2: 'yes' }]);
    p.labels.undo();
    expect(rowsOf(p)[0]![0]).toEqual({ 0: 'yes', 1: 'no' });
  });
});
