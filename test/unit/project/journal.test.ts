import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelEvent } from '@shared/domain';
import { READ, Workshop, projectOf, sampleOf, samples, classOf } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

describe('labels', () => {
  it('become events of the import, and unlabelled samples have none', async () => {
    const p = await shop.start(projectOf([sampleOf(0), sampleOf(1, { class: null }), sampleOf(2, { reader: 'Ben' })]));
    expect(p.labels.position).toBe(2);
    expect(p.index.rows([0, 1, 2]).map((r) => [r.class, r.state, r.reader])).toEqual([
      [0, 'labelled', null],
      [null, 'unlabelled', null],
      [0, 'labelled', 'Ben'],
    ]);
    expect(p.labels.canUndo).toBe(false);
    expect(() => p.labels.undo()).toThrow('nothing to undo');
    const [event] = p.labels.history(0);
    expect(labelEvent.parse(event)).toEqual(event);
    expect(event).toMatchObject({ origin: 'imported', oldState: 'unlabelled', newState: 'labelled', clock: 2 });
    expect(p.base().readers).toEqual(['Ana', 'Ben']);
  });

  it('of a single sample are checked, in bulk labelled, and confirming is an event', async () => {
    const p = await shop.start(5);
    const one = p.labels.set([0], { class: 0 }, READ);
    expect(one).toMatchObject({ saved: true, batch: null, journal: 6 });
    const [, event] = p.labels.history(0);
    expect(event).toMatchObject({
      origin: 'read',
      oldValue: { class: 0 },
      newValue: { class: 0 },
      newState: 'checked',
      reader: 'Ana',
    });
    const many = p.labels.set([1, 2], { class: 1 }, READ);
    expect(many.batch).not.toBeNull();
    expect(p.labels.history(1)[1]).toMatchObject({ origin: 'bulk', newState: 'labelled', batch: many.batch });
    const script = p.labels.set([3], { class: 0 }, { ...READ, origin: 'script', reader: 'robot' });
    expect(p.labels.history(3)[1]).toMatchObject({
      id: script.events[0],
      origin: 'script',
      newState: 'checked',
      reader: 'robot',
    });
  });

  it('confirmed several at once stay labelled; one that was checked by itself stays checked', async () => {
    const p = await shop.start(4);
    p.labels.set([0], { state: 'checked' }, READ);
    p.labels.set([0, 1, 2], { state: 'checked' }, READ);
    expect(p.index.rows([0, 1, 2]).map((row) => row.state)).toEqual(['checked', 'labelled', 'labelled']);
    expect(p.labels.history(1).at(-1)).toMatchObject({ origin: 'bulk', newState: 'labelled' });
    p.labels.set([0, 1], { class: 1, state: 'checked' }, READ);
    expect(p.index.rows([0, 1]).map((row) => row.state)).toEqual(['labelled', 'labelled']);
  });

  it('keep the class when unsure or excluded, and the reason leaves with the exclusion', async () => {
    const p = await shop.start(3);
    p.labels.set([0], { state: 'unsure' }, READ);
    expect(p.index.rows([0])[0]).toMatchObject({ class: 0, state: 'unsure', reason: null });
    p.labels.set([0], { state: 'excluded', reason: ' blurred ', note: 'see report' }, READ);
    expect(p.index.rows([0])[0]).toMatchObject({ class: 0, state: 'excluded', reason: 'blurred', note: 'see report' });
    p.labels.set([0], { class: 1 }, READ);
    expect(p.index.rows([0])[0]).toMatchObject({ class: 1, state: 'checked', reason: null, note: 'see report' });
    p.labels.set([0], { state: 'unlabelled' }, READ);
    expect(p.index.rows([0])[0]).toMatchObject({ class: null, state: 'unlabelled' });
    expect(() => p.labels.set([0], { state: 'checked' }, READ)).toThrow('without a class');
    expect(() => p.labels.set([0], { state: 'excluded' }, READ)).toThrow('reason');
    expect(() => p.labels.set([0], { class: 7 }, READ)).toThrow('no class number 7');
    expect(() => p.labels.set([99], { class: 0 }, READ)).toThrow('no sample number 99');
  });

  it('need a reader, and a note is nobody’s label', async () => {
    const p = await shop.opened(await shop.create(projectOf([sampleOf(0, { reader: 'Ben' })])));
    expect(() => p.labels.set([0], { class: 1 }, READ)).toThrow(expect.objectContaining({ code: 'reader-missing' }));
    p.setReader('Ana');
    p.labels.set([0], { note: 'look again' }, READ);
    expect(p.index.rows([0])[0]).toMatchObject({ reader: 'Ben', class: 0, state: 'labelled', note: 'look again' });
    expect(p.labels.byReader(0).map((l) => l.reader)).toEqual(['Ben']);
  });

  it('undo and redo are events, work across restarts, and leave nothing in the name of who undid', async () => {
    let p = await shop.start(3);
    p.labels.set([0], { class: 1, note: 'a' }, { ...READ, reader: 'Ben' });
    p.labels.set([0, 1], { state: 'unsure' }, READ);
    p = await shop.again(p);
    const undone = p.labels.undo();
    expect(undone).toMatchObject({
      keys: [0, 1],
      sample: 'sample_00000',
      oldState: 'unsure',
      newState: 'checked',
      newValue: { class: 1 },
    });
    expect(p.index.rows([0, 1]).map((r) => [r.class, r.state, r.reader, r.note])).toEqual([
      [1, 'checked', 'Ben', 'a'],
      [1, 'labelled', null, null],
    ]);
    p = await shop.again(p);
    p.labels.undo();
    expect(p.index.rows([0])[0]).toMatchObject({ class: 0, state: 'labelled', reader: null, note: null });
    expect(p.labels.byReader(0)).toHaveLength(1);
    p.labels.redo();
    p = await shop.again(p);
    p.labels.redo();
    expect(p.index.rows([0, 1]).map((r) => [r.class, r.state, r.reader])).toEqual([
      [1, 'unsure', 'Ana'],
      [1, 'unsure', 'Ana'],
    ]);
    expect(() => p.labels.redo()).toThrow('nothing to redo');
    expect(p.labels.history(0).map((e) => e.origin)).toEqual([
      'imported',
      'read',
      'bulk',
      'undo',
      'undo',
      'redo',
      'redo',
    ]);
    p.labels.undo();
    p.labels.set([2], { class: 1 }, READ);
    expect(p.labels.canRedo).toBe(false);
  });

  it('cannot be changed or deleted in the table of events', async () => {
    const p = await shop.start(2);
    const { Db } = await import('@main/project/db/sqlite');
    const db = Db.open(`${p.dir}/project.db`);
    expect(() => db.run("UPDATE events SET reader = 'x'")).toThrow('only ever appended');
    expect(() => db.run('DELETE FROM events')).toThrow('only ever appended');
    expect(() => db.run('INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1')).toThrow(
      'only ever appended',
    );
    db.close();
  });
});

describe('classes', () => {
  it('change as versions, in one row of undo with the labels', async () => {
    let p = await shop.start(4);
    p.labels.set([0], { class: 1 }, READ);
    const three = [classOf(0, 'malignant'), classOf(1, 'benign'), classOf(2, 'normal')];
    p.labels.setClasses(three, null);
    p.labels.set([1], { class: 2 }, READ);
    expect(p.scheme).toMatchObject({ version: 2, positive: null });
    expect(p.labels.history(1)[1]).toMatchObject({ schemeVersion: 2, scheme: p.scheme.id });
    p = await shop.again(p);
    expect(p.labels.undo()).toMatchObject({ keys: [1] });
    expect(p.labels.undo().scheme).toMatchObject({ version: 3, positive: 0 });
    expect(p.scheme.classes.map((c) => c.name)).toEqual(['malignant', 'normal, benign']);
    expect(p.labels.undo()).toMatchObject({ keys: [0] });
    p.labels.redo();
    p = await shop.again(p);
    expect(p.labels.redo().scheme?.classes).toHaveLength(3);
    expect(p.labels.redo()).toMatchObject({ keys: [1], newValue: { class: 2 } });
    expect(() => p.labels.setClasses(three.slice(1), null)).toThrow('"malignant" cannot be taken away');
    expect(() => p.labels.setClasses([three[0]!, three[1]!, { ...three[2]!, name: 'benign' }], null)).toThrow(
      'same name',
    );
  });
});

describe('activity', () => {
  it('lists the newest first, pages, and finds by what a person sees', async () => {
    const p = await shop.start(20);
    p.labels.set([4], { class: 1, note: 'Motion artefact' }, READ);
    p.labels.set([6, 7], { class: 1 }, { ...READ, reader: 'Ben' });
    p.labels.undo();
    const all = p.labels.activity({ before: null, limit: 3 });
    expect(all).toMatchObject({ more: true, canUndo: true, canRedo: true });
    expect(all.events.map((e) => [e.position, e.key, e.origin])).toEqual([
      [25, 6, 'undo'],
      [24, 7, 'undo'],
      [23, 7, 'bulk'],
    ]);
    expect(p.labels.activity({ before: 23, limit: 100, withoutImported: true }).events.map((e) => e.key)).toEqual([
      6, 4,
    ]);
    expect(p.labels.activity({ before: null, limit: 9, text: 'motion' }).events.map((e) => e.key)).toEqual([4]);
    expect(p.labels.activity({ before: null, limit: 9, text: 'benign', withoutImported: true }).events).toHaveLength(4);
    expect(p.labels.activity({ before: null, limit: 9, reader: 'Ben', origin: 'bulk' }).events).toHaveLength(2);
    expect(p.labels.activity({ before: null, limit: 9, key: 4 }).events).toHaveLength(2);
  });
});

describe('positions', () => {
  it('give the labels of then, their hash, and how many changed since', async () => {
    const p = await shop.start(6);
    const start = p.labels.now();
    p.labels.set([0, 1], { class: 1 }, READ);
    const then = p.labels.position;
    p.labels.set([0], { class: 0 }, READ);
    p.labels.set([2], { state: 'unsure' }, READ);
    expect(p.labels.at(start.position)).toEqual(start);
    expect(Array.from(p.labels.at(then).classes)).toEqual([1, 1, 0, 1, 0, 1]);
    expect(p.labels.at(then).hash).not.toBe(start.hash);
    expect(p.labels.changedSince(then)).toBe(2);
    // 0 went to 1 and came back as checked.
    expect(p.labels.changedSince(start.position)).toBe(2);
    p.labels.undo();
    expect(p.labels.changedSince(then)).toBe(1);
    expect(() => p.labels.at(99)).toThrow('no position 99');
    expect(Array.from(p.labels.at(0).states)).toEqual(samples(6).map(() => 0));
  });
});
