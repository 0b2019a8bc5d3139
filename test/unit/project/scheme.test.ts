import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { predictionsUnder, type Predictions, type Project } from '@main/project';
import { verifyChain } from '@main/project/journal/events';
import { Db } from '@main/project/db/sqlite';
import { classOf, projectOf, READ, sampleOf, Workshop } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

const GRADES = ['none', 'mild', 'severe'].map((name, id) => classOf(id, name));
const graded = (kind: 'single' | 'ordered' = 'single') =>
  projectOf(
    [0, 1, 2, 2, null].map((id, key) => sampleOf(key, { class: id, split: 'train', officialSplit: 'train' })),
    { kind, classes: GRADES, positive: null },
  );
const labels = (p: Project) => p.index.rows([0, 1, 2, 3, 4]).map((r) => r.class);
const states = (p: Project) => p.index.rows([0, 1, 2, 3, 4]).map((r) => r.state);

describe('classes', () => {
  it('that are merged take their labels along, without an event of any sample, and give them back', async () => {
    const p = await shop.start(graded());
    const { position } = p.labels;
    p.labels.mergeClasses([2], 1);
    expect(labels(p)).toEqual([0, 1, 1, 1, null]);
    expect(p.scheme).toMatchObject({ version: 2, positive: 1, merged: { 2: 1 } });
    expect(p.labels.position).toBe(position);
    expect(p.index.facets({}).classes).toEqual([
      { value: 0, count: 1 },
      { value: 1, count: 3 },
      { value: null, count: 1 },
    ]);
    // Read afterwards it is the merged class's own, and stays so.
    p.labels.set([2], { class: 1 }, READ);
    expect(p.labels.history(2).at(-1)).toMatchObject({ oldValue: { class: 2 }, newValue: { class: 1 } });
    const again = await shop.again(p);
    expect(labels(again)).toEqual([0, 1, 1, 1, null]);
    again.labels.undo();
    expect(again.labels.undo()).toMatchObject({ keys: [], scheme: { version: 3, classes: GRADES } });
    expect(labels(again)).toEqual([0, 1, 2, 2, null]);
    again.labels.redo();
    expect(labels(again)).toEqual([0, 1, 1, 1, null]);
    const db = Db.openReadOnly(`${again.dir}/project.db`);
    expect(verifyChain(db)).toBeNull();
    db.close();
  });

  it('that are split leave samples to be read anew, which still say what they were', async () => {
    const p = await shop.start(graded());
    p.labels.set([3], { state: 'excluded', reason: 'artefact' }, READ);
    p.labels.splitClass(2, [{ name: 'severe, left' }, { name: 'severe, right', short: 'right' }]);
    expect(p.scheme.classes.map((c) => [c.id, c.name, c.short, c.order])).toEqual([
      [0, 'none', 'none', 0],
      [1, 'mild', 'mild', 1],
      [3, 'severe, left', 'severe, left', 2],
      [4, 'severe, right', 'right', 3],
    ]);
    expect(labels(p)).toEqual([0, 1, null, null, null]);
    expect(states(p)).toEqual(['labelled', 'labelled', 'unlabelled', 'excluded', 'unlabelled']);
    expect(p.index.rows([2, 4]).map((r) => r.former)).toEqual([2, null]);
    expect(p.index.list({ filter: { classes: [2] }, sort: 'id' })).toEqual([2, 3]);
    expect(p.index.facets({}).classes).toContainEqual({ value: 2, count: 2 });
    expect(() => p.labels.set([2], { state: 'checked' }, READ)).toThrow('without a class');
    p.labels.set([2], { class: 4 }, READ);
    expect(p.index.rows([2])[0]).toMatchObject({ class: 4, former: null, state: 'checked' });
    expect(() => p.labels.set([1], { class: 2 }, READ)).toThrow('no class number 2');
    p.labels.undo();
    p.labels.undo();
    expect(labels(p)).toEqual([0, 1, 2, 2, null]);
    // A number is never given twice, even where its version was taken back.
    expect(() => p.labels.setClasses([...GRADES, classOf(3, 'other')], null)).not.toThrow();
  });

  it('are refused where the result would mean nothing', async () => {
    const p = await shop.start(graded('ordered'));
    expect(() => p.labels.mergeClasses([2], 0)).toThrow('neighbouring');
    expect(() => p.labels.mergeClasses([1], 1)).toThrow('other classes');
    expect(() => p.labels.mergeClasses([0, 1], 2)).toThrow('two classes');
    expect(() => p.labels.splitClass(0, [{ name: 'only' }])).toThrow('two or more');
    expect(() => p.labels.splitClass(0, [{ name: 'mild' }, { name: 'other' }])).toThrow('same name');
    p.labels.mergeClasses([2], 1);
    expect(() => p.labels.setClasses([...p.scheme.classes, classOf(2, 'again')], null)).toThrow('another class once');
    expect(p.scheme.version).toBe(2);
  });
});

describe('changes of the classes', () => {
  it('stand among those of labels, with what they changed and in whose name, undo included', async () => {
    const p = await shop.start(graded());
    p.labels.set([0], { class: 1 }, READ);
    p.labels.mergeClasses([2], 1);
    p.labels.set([1], { class: 0 }, READ);
    p.labels.setClasses(
      p.scheme.classes.map((c) => (c.id === 0 ? { ...c, name: 'nothing' } : c)),
      p.scheme.positive,
    );
    p.labels.undo();
    p.labels.splitClass(1, [{ name: 'a' }, { name: 'b' }]);
    const all = p.labels.activity({ before: null, limit: 100, withoutImported: true });
    expect(all.schemes.map(({ origin, reader, changes }) => ({ origin, reader, changes }))).toEqual([
      { origin: 'read', reader: 'Ana', changes: [{ kind: 'split', name: GRADES[1]!.name, parts: ['a', 'b'] }] },
      { origin: 'undo', reader: 'Ana', changes: [{ kind: 'renamed', name: 'nothing', to: GRADES[0]!.name }] },
      { origin: 'read', reader: 'Ana', changes: [{ kind: 'renamed', name: GRADES[0]!.name, to: 'nothing' }] },
      { origin: 'read', reader: 'Ana', changes: [{ kind: 'merged', name: GRADES[2]!.name, into: GRADES[1]!.name }] },
    ]);
    const [second, first] = all.events.map((e) => e.position);
    expect(all.schemes.map((s) => s.after)).toEqual([second, second, second, first]);
    // Page by page each of them comes once.
    const page = p.labels.activity({ before: null, limit: 1, withoutImported: true });
    const older = p.labels.activity({ before: page.events[0]!.position, limit: 1, withoutImported: true });
    expect([page.schemes.length, older.schemes.length]).toEqual([3, 1]);
    const named = p.labels.activity({ before: null, limit: 9, text: 'nothing', withoutImported: true });
    expect(named.schemes).toHaveLength(2);
    expect(p.labels.activity({ before: null, limit: 9, key: 0 }).schemes).toEqual([]);
  });
});

describe('predictions of another version of the classes', () => {
  const made = (): Predictions => ({
    run: 'r',
    head: 'chosen',
    classes: [0, 1, 2],
    probabilities: Float32Array.from([0.5, 0.3, 0.2, NaN, NaN, NaN]),
    kind: Uint8Array.from([1, 0]),
  });

  it('add up where classes were merged, and stand in the order of now', async () => {
    const p = await shop.start(graded());
    p.labels.setClasses(
      [2, 0, 1].map((id, order) => ({ ...GRADES[id]!, order })),
      null,
    );
    expect(Array.from(predictionsUnder(made(), p.scheme)!.probabilities.slice(0, 3))).toEqual(
      Array.from(Float32Array.from([0.2, 0.5, 0.3])),
    );
    p.labels.mergeClasses([2], 1);
    const under = predictionsUnder(made(), p.scheme)!;
    expect(under.classes).toEqual([0, 1]);
    expect(under.probabilities[0]).toBeCloseTo(0.5);
    expect(under.probabilities[1]).toBeCloseTo(0.5);
    expect(under.probabilities[2]).toBeNaN();
  });

  it('are not shown where a class was added or split, until that is taken back', async () => {
    const p = await shop.start(graded());
    const probabilities = new Float32Array(15).fill(1 / 3);
    p.setPredictions({ ...made(), probabilities, kind: new Uint8Array(5).fill(1) });
    expect(p.index.rows([0])[0]!.prediction).not.toBeNull();
    p.labels.splitClass(2, [{ name: 'a' }, { name: 'b' }]);
    expect(p.index.rows([0])[0]!.prediction).toBeNull();
    expect(p.index.outdated).toBe(true);
    p.labels.undo();
    expect(p.index.rows([0])[0]!.prediction).not.toBeNull();
    p.labels.setClasses([...p.scheme.classes, classOf(3, 'new')], null);
    expect(p.index.rows([0])[0]!.prediction).toBeNull();
  });
});
