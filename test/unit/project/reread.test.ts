import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classOf, type ReadingContext } from '@shared/domain';
import { UserError } from '@shared/errors';
import { rereadOutcome } from '@main/api/rereads';
import type { Project } from '@main/project';
import { classOf as classNamed, projectOf, READ, sampleOf, Workshop } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

/** 50 samples, classes in turn; every fifth is of the test split: 4, 9, … 49. */
const TEST = [4, 9, 14, 19, 24, 29, 34, 39, 44, 49];
const scored = async (): Promise<Project> => {
  const p = await shop.start(50);
  p.scorings.log('0001-quick');
  return p;
};
const codeOf = (step: () => unknown): string => {
  try {
    step();
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('labels of the test split', () => {
  it('may be edited like any other before the first scoring, also by a reading that was blind', async () => {
    const p = await shop.start(10);
    p.labels.set([4], { class: 1 }, READ);
    p.labels.reread(4, { class: 0 }, { round: 0 });
    expect(p.labels.label(4).value).toEqual({ class: 0 });
    p.labels.undo();
    p.labels.undo();
    expect(p.labels.label(4)).toMatchObject({ value: { class: 0 }, state: 'labelled' });
    expect(codeOf(() => p.rereads.start(1))).toBe('test-not-scored');
  });

  it('are frozen by the first scoring against every way of changing them, with an error that says what to do', async () => {
    const p = await scored();
    const before = p.labels.now();
    const pretended: ReadingContext = {
      predictor: 'probe',
      probabilities: [0.4, 0.6],
      modelHidden: false,
      otherReaders: false,
      queue: 'browse',
      openedInFull: true,
      blindReread: 1,
    };
    const peeped = { ...pretended, predictor: null, probabilities: null, modelHidden: true, otherReaders: true };
    for (const step of [
      () => p.labels.set([4], { class: 1 }, READ),
      () => p.labels.set([4], { class: 1 }, { origin: 'script', context: null }),
      () => p.labels.set([0, 4], { class: 1 }, READ),
      () => p.labels.set([4], { state: 'excluded', reason: 'hard' }, READ),
      () => p.labels.setEach([{ key: 4, change: { class: 1 } }], { origin: 'suggestion', context: null }),
      () => p.labels.set([4], { class: 1 }, { origin: 'read', context: pretended }),
      () => p.labels.set([4], { class: 1 }, { origin: 'read', context: peeped }),
    ])
      expect(codeOf(step), String(step)).toBe('test-frozen');
    expect(() => p.labels.set([4], { class: 1 }, READ)).toThrow(/"sample_00004".*blind re-read.*--blind-reread/);
    expect(p.labels.now()).toEqual(before);
    p.labels.set([0], { class: 1 }, READ);
    p.labels.set([4], { note: 'a note is no label' }, READ);
    expect(p.labels.label(4)).toMatchObject({ note: 'a note is no label', state: 'labelled' });
  });

  it('change in a blind re-read, whose events say so; train samples are not read so', async () => {
    const p = await scored();
    p.labels.reread(4, { class: 1 }, { round: 0, reader: 'Ben' });
    expect(p.labels.history(4).at(-1)).toMatchObject({
      origin: 'script',
      reader: 'Ben',
      newValue: { class: 1 },
      newState: 'checked',
      context: { blindReread: 0, modelHidden: true, probabilities: null, predictor: null, otherReaders: false },
    });
    expect(() => p.labels.reread(0, { class: 1 }, { round: 0 })).toThrow('only samples of the test split');
  });

  it('keep out of undo once they are frozen; what was done beside them is still taken back, also after a restart', async () => {
    let p = await shop.start(10);
    p.labels.set([0], { class: 1 }, READ);
    p.labels.set([1], { class: 0 }, READ);
    p.labels.set([4], { class: 1 }, READ);
    p.scorings.log('0001-quick');
    p.labels.reread(9, { class: 0 }, { round: 0 });
    expect(p.labels.undo()).toMatchObject({ keys: [1] });
    p = await shop.again(p);
    expect(p.labels.redo()).toMatchObject({ keys: [1] });
    expect(p.labels.undo()).toMatchObject({ keys: [1] });
    expect(p.labels.undo()).toMatchObject({ keys: [0] });
    p = await shop.again(p);
    expect(p.labels.canUndo).toBe(false);
    expect(() => p.labels.undo()).toThrow('nothing to undo');
    expect([0, 1, 4, 9].map((key) => classOf(p.labels.label(key).value))).toEqual([0, 1, 1, 0]);
    expect(p.labels.redo()).toMatchObject({ keys: [0] });
  });
});

describe('a round of blind re-reading', () => {
  it('holds every scored test sample that is not excluded, in an order of chance that the seed gives', async () => {
    const p = await shop.start(50);
    p.labels.set([14], { state: 'excluded', reason: 'cut off' }, READ);
    p.scorings.log('0001-quick');
    const round = p.rereads.start(7);
    expect([...round.keys].sort((a, b) => a - b)).toEqual(TEST.filter((key) => key !== 14));
    expect(round.keys).not.toEqual(TEST.filter((key) => key !== 14));
    expect(round).toMatchObject({ number: 1, reader: 'Ana', read: 0, answers: [], endedAt: null });
    const q = await shop.start(50);
    q.labels.set([14], { state: 'excluded', reason: 'cut off' }, READ);
    q.scorings.log('0001-quick');
    expect(q.rereads.start(7).keys).toEqual(round.keys);
    expect(q.rereads.end(1) && q.rereads.start(8).keys).not.toEqual(round.keys);
  });

  it('goes on where it stood, for its reader alone, and never says a label that it did not hear', async () => {
    let p = await scored();
    const { keys } = p.rereads.start(7);
    p.rereads.read(1, keys[0]!, { class: 1 });
    p.rereads.read(1, keys[1]!, { state: 'unsure' });
    p.rereads.read(1, keys[0]!, { class: 0 });
    p = await shop.again(p);
    expect(p.rereads.start(99)).toMatchObject({
      number: 1,
      keys,
      read: 2,
      answers: [
        { key: keys[1], state: 'unsure' },
        { key: keys[0], value: { class: 0 }, state: 'checked' },
      ],
    });
    expect(() => p.rereads.counts(1)).toThrow('goes on');
    expect(() => p.rereads.read(1, 0, { class: 1 })).toThrow('not part of round 1');
    p.setReader('Ben');
    expect(() => p.rereads.read(1, keys[2]!, { class: 1 })).toThrow("is Ana's");
    expect(p.rereads.start(5)).toMatchObject({ number: 2, reader: 'Ben', read: 0 });
  });

  it('ends with what it came to, and takes nothing more', async () => {
    const p = await scored();
    const { keys } = p.rereads.start(7);
    const classNow = (key: number): number => classOf(p.labels.label(key).value)!;
    const [same, other, unsure] = keys as [number, number, number];
    const was = classNow(other);
    p.rereads.read(1, same, { class: classNow(same) });
    p.rereads.read(1, other, { class: 1 - was });
    p.rereads.read(1, unsure, { state: 'unsure' });
    const summary = p.rereads.end(1);
    expect(summary).toMatchObject({ samples: 10, read: 3, same: 1, changed: 1, withdrawn: 1 });
    expect(summary.changes).toContainEqual({
      from: { class: was },
      to: { class: 1 - was },
      fromState: 'labelled',
      toState: 'checked',
      samples: 1,
    });
    expect(p.rereads.counts(1)).toEqual(summary);
    expect(() => p.rereads.read(1, same, { class: 1 })).toThrow('has ended');
    expect(p.rereads.list()).toMatchObject([{ number: 1, samples: 10, read: 3 }]);
  });

  it('says how far both readings agree, of ordered classes by their ranks too', async () => {
    const grades = ['none', 'mild', 'severe'].map((name, id) => classNamed(id, name));
    const list = Array.from({ length: 50 }, (_, key) => sampleOf(key, { class: key % 3 }));
    const p = await shop.start(projectOf(list, { kind: 'ordered', classes: grades, positive: null }));
    p.scorings.log('0001-quick');
    p.rereads.start(7);
    // Test samples 4, 9, … have the grades 1, 0, 2, 1, 0, 2, 1, 0, 2, 1; one is read a rank higher, one excluded.
    for (const key of TEST.slice(0, 9)) p.rereads.read(1, key, { class: key === 9 ? 1 : key % 3 });
    p.rereads.read(1, 49, { state: 'excluded', reason: 'cut off' });
    expect(() => rereadOutcome(p, 1)).toThrow('goes on');
    p.rereads.end(1);
    const { agreement, same, changed, withdrawn } = rereadOutcome(p, 1);
    expect({ same, changed, withdrawn }).toEqual({ same: 8, changed: 1, withdrawn: 1 });
    expect(agreement).toHaveLength(1);
    const [{ samples, kappa, quadraticKappa, meanAbsoluteError }] = agreement as [(typeof agreement)[0]];
    expect(samples).toBe(9);
    // By hand: rows 3, 3, 3, columns 2, 4, 3: chance agreement (6 + 12 + 9) / 81 = 1/3; quadratic costs 1 of 12 × 9 / 9.
    expect(kappa.value).toBeCloseTo((8 / 9 - 1 / 3) / (1 - 1 / 3), 10);
    expect(quadraticKappa!.value).toBeCloseTo(
      1 - 1 / ((3 * 4 + 3 * 3 * 4 + 3 * 2 + 3 * 3 + 3 * 2 * 4 + 3 * 4) / 9),
      10,
    );
    expect(meanAbsoluteError!.value).toBeCloseTo(1 / 9, 10);
  });

  it('keeps the journal of its samples from its reader while it goes on, and from nobody else', async () => {
    const p = await scored();
    const { keys } = p.rereads.start(7);
    p.rereads.read(1, keys[0]!, { class: 1 });
    const seen = () => p.labels.activity({ before: null, limit: 1000 });
    expect(seen().withheld).toBe(10);
    expect(seen().events.some((e) => TEST.includes(e.key))).toBe(false);
    expect(p.labels.activity({ before: null, limit: 9, key: keys[0]! }).events).toEqual([]);
    p.setReader('Ben');
    expect(seen()).toMatchObject({ withheld: 0 });
    p.setReader('Ana');
    p.rereads.end(1);
    expect(seen().events.filter((e) => TEST.includes(e.key))).toHaveLength(11);
  });

  it('is nothing that a run would learn from', async () => {
    const p = await scored();
    const at = p.labels.position;
    p.labels.set([0], { class: 1 }, READ);
    p.labels.reread(4, { class: 1 }, { round: 0 });
    expect(p.labels.changedSince(at)).toBe(1);
  });

  it('leaves the labels of the first scoring to be looked up', async () => {
    const p = await shop.start(50);
    p.labels.set([4], { class: 1 }, READ);
    p.scorings.log('0001-quick');
    p.labels.set([0], { class: 1 }, READ);
    p.rereads.start(7);
    p.rereads.read(1, 4, { class: 0 });
    p.scorings.log('0002-quick');
    p.rereads.read(1, 9, { state: 'unsure' });
    const { classes, states } = p.scorings.originalLabels();
    expect([classes[0], classes[4], classes[9], states[9]]).toEqual([1, 1, 1, 1]);
    expect([p.index.classes[4], p.index.states[9]]).toEqual([0, 3]);
  });
});
