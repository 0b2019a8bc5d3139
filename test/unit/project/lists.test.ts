import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  facets as facetsSchema,
  mayBeCompared,
  sampleRow,
  type SampleFilter,
  type SampleRow,
  type SampleSort,
} from '@shared/domain';
import { KIND_CODES, type NewSample, type Predictions, type Project } from '@main/project';
import { compareIds, keysByIds, sortKeys } from '@main/project/lists/order';
import { READ, Workshop, classOf, projectOf, sampleOf } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

/** Predictions by key; null where there is none. */
function predictions(
  rows: readonly ([p0: number, kind: (typeof KIND_CODES)[number]] | null)[],
  run: string | null = null,
): Predictions {
  return {
    run,
    head: 'probe',
    classes: [0, 1],
    probabilities: Float32Array.from(rows.flatMap((r) => (r ? [r[0], 1 - r[0]] : [NaN, NaN]))),
    kind: Uint8Array.from(rows, (r) => (r ? KIND_CODES.indexOf(r[1]) : 0)),
  };
}

describe('ids', () => {
  it('come in the order that a person expects, whatever their digits', () => {
    expect(['b', 'img_10', 'img_2', 'img_02', 'a/2', 'a/10', ''].sort(compareIds)).toEqual([
      '',
      'a/2',
      'a/10',
      'b',
      'img_02',
      'img_2',
      'img_10',
    ]);
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-b0-3]{0,5}$/), { maxLength: 12 }), (ids) => {
        const sorted = Array.from(keysByIds(ids));
        sorted.slice(1).forEach((key, i) => expect(compareIds(ids[sorted[i]!]!, ids[key]!)).toBeLessThanOrEqual(0));
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a0-2]{0,4}$/), { minLength: 3, maxLength: 3 }), ([a, b, c]) => {
        expect(Math.sign(compareIds(a!, b!))).toBe(-Math.sign(compareIds(b!, a!)) + 0);
        if (compareIds(a!, b!) < 0 && compareIds(b!, c!) < 0) expect(compareIds(a!, c!)).toBeLessThan(0);
      }),
    );
  });

  it('sort by any value as a comparison would, NaN last', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(NaN), fc.nat(5));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), fc.boolean(), (values, descending) => {
        const keys = Uint32Array.from(values, (_, i) => i);
        const order = Array.from(sortKeys(keys, (key) => values[key]!, descending));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from(keys));
        const sorted = order.map((key) => values[key]!);
        const first = sorted.findIndex(Number.isNaN);
        const numbers = first < 0 ? sorted : sorted.slice(0, first);
        expect(sorted.slice(numbers.length).every(Number.isNaN)).toBe(true);
        // Within one level of the 2³² the old order decides.
        numbers.slice(1).forEach((v, i) => {
          const step = descending ? numbers[i]! - v : v - numbers[i]!;
          expect(step).toBeGreaterThanOrEqual(-1e-8);
        });
      }),
    );
  });
});

describe('lists and counts', () => {
  const all: SampleFilter = {};
  const row = fc.record({
    class: fc.option(fc.nat(1)),
    split: fc.constantFrom('train', 'val', 'test', null),
    leak: fc.boolean(),
    state: fc.constantFrom('labelled', 'unsure', 'checked', 'excluded'),
    reader: fc.constantFrom(null, 'Ana', 'Ben'),
    note: fc.constantFrom(null, 'Motion', 'see image'),
    prediction: fc.option(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('out-of-fold', 'unseen', 'seen-in-training'),
      ),
    ),
  });
  const some = <T>(...values: T[]): fc.Arbitrary<T[] | undefined> => fc.option(fc.subarray(values), { nil: undefined });
  const bounds = fc.option(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    { nil: undefined },
  );
  const filter: fc.Arbitrary<SampleFilter> = fc.record({
    splits: some('train', 'val', 'test', null),
    classes: some(0, 1, null),
    states: some('unlabelled', 'labelled', 'checked', 'unsure', 'excluded'),
    predicted: some(0, 1, null),
    agreement: some('agrees', 'disagrees', 'none'),
    labelProbability: bounds,
    confidence: bounds,
    readers: some('Ana', 'Ben', 'Nobody'),
    text: fc.constantFrom(undefined, 'MOTION', 'sample_00001', 'nowhere'),
    leak: fc.constantFrom(undefined, true, false),
    keys: fc.option(fc.subarray([0, 1, 2, 3, 4, 5]), { nil: undefined }),
  });

  /** The same in the plainest words, from rows. */
  const fits = (r: SampleRow, f: SampleFilter): boolean => {
    const p = r.prediction;
    const comparable = p !== null && mayBeCompared(p.kind, r.split);
    const agrees = p?.agrees ?? null;
    const atLabel = comparable && agrees !== null ? Math.fround(p.probabilities[r.class!]!) : NaN;
    const confidence = comparable ? Math.max(...p.probabilities) : NaN;
    const agreement = agrees === null ? 'none' : agrees ? 'agrees' : 'disagrees';
    const texts = [r.id, r.note ?? '', r.reason ?? ''].map((t) => t.toLowerCase());
    return (
      (!f.splits || f.splits.includes(r.split)) &&
      (!f.classes || f.classes.includes(r.class)) &&
      (!f.states || f.states.includes(r.state)) &&
      (!f.predicted || f.predicted.includes(comparable ? p.class : null)) &&
      (!f.agreement || f.agreement.includes(agreement)) &&
      (!f.labelProbability || (atLabel >= f.labelProbability[0] && atLabel <= f.labelProbability[1])) &&
      (!f.confidence || (confidence >= f.confidence[0] && confidence <= f.confidence[1])) &&
      (!f.readers || (r.reader !== null && f.readers.includes(r.reader))) &&
      (f.text === undefined || texts.some((t) => t.includes(f.text!.toLowerCase()))) &&
      (f.leak === undefined || r.leak === f.leak) &&
      (!f.keys || f.keys.includes(r.key))
    );
  };

  it('agree with the rows that they stand for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 8 }),
        fc.array(filter, { minLength: 1, maxLength: 12 }),
        async (rows, filters) => {
          const p = await shop.start(
            projectOf(
              rows.map((r, key): NewSample =>
                sampleOf(key, {
                  class: r.class,
                  split: r.split,
                  leak: r.leak,
                  reader: r.reader,
                  state: r.class === null ? 'unlabelled' : undefined,
                }),
              ),
            ),
          );
          rows.forEach((r, key) => {
            const change =
              r.state === 'excluded'
                ? { state: 'excluded' as const, reason: 'cut' }
                : r.state === 'unsure'
                  ? { state: 'unsure' as const }
                  : r.class === null
                    ? null
                    : { class: r.class, state: r.state as 'checked' };
            if (change && r.reader) p.labels.set([key], change, { ...READ, reader: r.reader });
            if (r.note) p.labels.set([key], { note: r.note }, READ);
          });
          p.setPredictions(predictions(rows.map((r) => r.prediction)));
          const shown = p.index.rows(rows.map((_, key) => key));
          shown.forEach((r) => sampleRow.parse(r));
          for (const f of filters) {
            const expected = shown.filter((r) => fits(r, f)).map((r) => r.key);
            expect(p.index.list({ filter: f, sort: 'id' })).toEqual(expected);
            const facets = facetsSchema.parse(p.index.facets(f));
            expect([facets.total, facets.matching]).toEqual([rows.length, expected.length]);
            const without = (name: keyof SampleFilter): SampleRow[] =>
              shown.filter((r) => fits(r, { ...f, [name]: undefined }));
            for (const s of facets.splits)
              expect(s.count).toBe(without('splits').filter((r) => r.split === s.value).length);
            for (const c of facets.classes)
              expect(c.count).toBe(without('classes').filter((r) => r.class === c.value).length);
            for (const s of facets.states)
              expect(s.count).toBe(without('states').filter((r) => r.state === s.value).length);
            for (const a of facets.agreement)
              expect(a.count).toBe(without('agreement').filter((r) => fits(r, { agreement: [a.value] })).length);
            for (const c of facets.predicted)
              expect(c.count).toBe(without('predicted').filter((r) => fits(r, { predicted: [c.value] })).length);
            for (const r of facets.readers)
              expect(r.count).toBe(without('readers').filter((x) => x.reader === r.value).length);
            const inBins = without('labelProbability').filter((r) => fits(r, { labelProbability: [0, 1] }));
            expect(facets.labelProbability.reduce((a, b) => a + b, 0)).toBe(inBins.length);
            // Counts of a facet without a filter of its own add up.
            if (!f.splits) expect(facets.splits.reduce((n, s) => n + s.count, 0)).toBe(expected.length);
            if (!f.states) expect(facets.states.reduce((n, s) => n + s.count, 0)).toBe(expected.length);
            if (!f.classes) expect(facets.classes.reduce((n, s) => n + s.count, 0)).toBe(expected.length);
          }
          await shop.close(p);
        },
      ),
      { numRuns: 30 },
    );
  }, 180_000);

  it('sort by everything, ties by id, nothing last', async () => {
    const p = await shop.start(
      projectOf(
        [2, 0, 1, 3].map((n, i) => sampleOf(i, { id: `img_${n}`, class: i === 3 ? null : i % 2, split: 'train' })),
      ),
    );
    p.setPredictions(predictions([[0.9, 'out-of-fold'], [0.3, 'out-of-fold'], [0.6, 'out-of-fold'], null]));
    const by = (sort: SampleSort, descending = false): number[] => p.index.list({ filter: all, sort, descending });
    expect(by('id')).toEqual([1, 2, 0, 3]);
    expect(by('id', true)).toEqual([3, 0, 2, 1]);
    expect(by('class')).toEqual([2, 0, 1, 3]);
    expect(by('class', true)).toEqual([1, 2, 0, 3]);
    // p(label): 0 → .9, 1 → .7, 2 → .6
    expect(by('disagreement', true)).toEqual([2, 1, 0, 3]);
    expect(by('confidence', true)).toEqual([0, 1, 2, 3]);
    p.labels.set([2], { class: 0 }, READ);
    expect(by('changed', true)).toEqual([2, 1, 0, 3]);
    expect(by('state', true)).toEqual([2, 1, 0, 3]);
    expect(p.index.list({ filter: all, sort: 'random', seed: 5 })).toEqual(
      p.index.list({ filter: all, sort: 'random', seed: 5 }),
    );
  });
});

describe('predictions beside labels', () => {
  const rowOf = (p: Project, key: number): SampleRow => p.index.rows([key])[0]!;

  it('of test samples are withheld until their run was scored under these splits, and stand outside of right and wrong then too', async () => {
    const p = await shop.start(5);
    const run = predictions(
      Array.from({ length: 5 }, () => [0.8, 'unseen'] as [number, 'unseen']),
      'r1',
    );
    p.setPredictions(run);
    expect(rowOf(p, 4)).toMatchObject({ split: 'test', prediction: null });
    p.scorings.log('r1');
    expect(rowOf(p, 4).prediction).toMatchObject({ class: 0, agrees: null });
    for (const filter of [
      { agreement: ['agrees', 'disagrees'] },
      { confidence: [0, 1] },
      { predicted: [0, 1] },
    ] as const)
      expect(p.index.list({ filter: filter as SampleFilter, sort: 'id' })).toEqual([]);
    p.setPredictions(predictions([[0.8, 'unseen'], null, null, null, [0.1, 'unseen']], 'r1'));
    expect(p.index.list({ filter: { keys: [0, 4] }, sort: 'disagreement', descending: true })).toEqual([0, 4]);
    p.setPredictions({ ...run, run: null });
    expect(rowOf(p, 4).prediction).toBeNull();
    expect(p.scorings.count()).toEqual({ times: 1, runs: 1 });
    expect(p.scorings.count('r2')).toEqual({ times: 0, runs: 0 });
    expect(() => p.labels.set([0, 4], { class: 1 }, READ)).toThrow('1 of 2 samples belong to it');
    expect(p.labels.set([4], { note: 'a note stays allowed' }, READ).saved).toBe(true);
    expect(p.labels.set([0], { class: 1 }, READ).saved).toBe(true);
    const again = await shop.again(p);
    expect(() => again.labels.set([4], { class: 1 }, READ)).toThrow('blind re-read');
  });

  it('of a head that never saw a sample are compared only outside of all splits: validation chose its epoch', async () => {
    const p = await shop.start(projectOf([sampleOf(0, { split: 'val' }), sampleOf(1, { split: null })]));
    p.setPredictions(
      predictions(
        [
          [0.8, 'unseen'],
          [0.8, 'unseen'],
        ],
        'r1',
      ),
    );
    expect(rowOf(p, 0).prediction).toMatchObject({ class: 0, agrees: null });
    expect(rowOf(p, 1).prediction).toMatchObject({ class: 0, agrees: false });
  });

  it('that have seen the label are shown and compared with nothing', async () => {
    const p = await shop.start(3);
    p.setPredictions(predictions([[0.1, 'seen-in-training'], [0.1, 'out-of-fold'], null]));
    expect(rowOf(p, 0).prediction).toMatchObject({ kind: 'seen-in-training', class: 1, agrees: null });
    expect(p.index.list({ filter: { agreement: ['agrees', 'disagrees'] }, sort: 'id' })).toEqual([1]);
    expect(p.index.list({ filter: { confidence: [0, 1] }, sort: 'id' })).toEqual([1]);
    p.labels.set([1], { state: 'unsure' }, READ);
    expect(p.index.list({ filter: { agreement: ['agrees', 'disagrees'] }, sort: 'id' })).toEqual([]);
  });

  it('follow the one rule, the order of the classes, and labels as they change', async () => {
    const p = await shop.start(3);
    p.setPredictions(
      predictions([
        [0.4, 'out-of-fold'],
        [0.4, 'out-of-fold'],
        [0.4, 'out-of-fold'],
      ]),
    );
    expect(rowOf(p, 0).prediction).toMatchObject({ class: 1, agrees: false });
    p.setRule({ kind: 'threshold', value: 0.3 });
    expect(rowOf(p, 0).prediction).toMatchObject({ class: 0, agrees: true });
    p.labels.set([0], { class: 1 }, READ);
    expect(rowOf(p, 0).prediction).toMatchObject({ class: 0, agrees: false });
    expect(p.index.list({ filter: { labelProbability: [0.59, 0.61] }, sort: 'id' })).toEqual([0, 1]);
    p.labels.setClasses(
      [
        { ...classOf(0, 'malignant'), order: 1 },
        { ...classOf(1, 'benign'), order: 0 },
      ],
      1,
    );
    expect(rowOf(p, 0).prediction!.probabilities.map((x) => x.toFixed(1))).toEqual(['0.6', '0.4']);
    expect(rowOf(p, 0).prediction).toMatchObject({ class: 1 });
    expect(() => p.setPredictions({ ...predictions([null]), run: null })).toThrow('expected 3 × 2');
  });
});
