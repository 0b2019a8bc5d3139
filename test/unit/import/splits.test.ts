import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Split } from '@shared/domain';
import { assignSplits, joinGroups } from '@main/project/import';
import { countClasses } from '@main/project/import/labels';
import { labelClasses, namedClasses, numberedClasses, shortNames } from '@main/project/import/classes';
import { MEDMNIST, officialSet } from '@main/project/import/medmnist';

const sample = fc.record({
  group: fc.integer({ min: 0, max: 30 }),
  class: fc.option(fc.integer({ min: 0, max: 3 })),
  split: fc.constantFrom<Split>('train', 'val', 'test'),
});
const samples = fc.array(sample, { minLength: 1, maxLength: 150 });

describe('new splits', () => {
  it('never part a group, take every sample, and follow the seed alone', () => {
    fc.assert(
      fc.property(samples, fc.integer(), (list, seed) => {
        const input = {
          policy: 'new' as const,
          official: null,
          group: list.map((s) => s.group),
          classes: list.map((s) => s.class),
          seed,
        };
        const { splits, leftOutAsLeak } = assignSplits(input);
        const of = new Map<number, Split>();
        list.forEach((s, i) => {
          expect(splits[i]).not.toBeNull();
          expect(of.get(s.group) ?? splits[i]).toBe(splits[i]);
          of.set(s.group, splits[i]!);
        });
        expect(leftOutAsLeak).toBe(0);
        expect(assignSplits(input).splits).toEqual(splits);
      }),
    );
  });

  it('are stratified, 70/10/20', () => {
    const classes = Array.from({ length: 1000 }, (_, i) => (i < 100 ? 0 : i < 900 ? 1 : null));
    const group = classes.map((_, i) => i);
    const { splits, counts } = assignSplits({ policy: 'new', official: null, group, classes, seed: 5 });
    expect(counts).toEqual({ train: 700, val: 100, test: 200 });
    const within = (c: number | null, split: Split): number =>
      splits.filter((s, i) => s === split && classes[i] === c).length;
    expect((['train', 'val', 'test'] as const).map((s) => within(0, s))).toEqual([70, 10, 20]);
    expect((['train', 'val', 'test'] as const).map((s) => within(null, s))).toEqual([70, 10, 20]);
    const other = assignSplits({ policy: 'new', official: null, group, classes, seed: 6 });
    expect(other.splits).not.toEqual(splits);
  });

  it('keep the shares with groups of many sizes', () => {
    const group = Array.from({ length: 2000 }, (_, i) => Math.floor(Math.sqrt(i)));
    const { counts } = assignSplits({ policy: 'new', official: null, group, classes: group.map(() => 0), seed: 2 });
    for (const [split, share] of [
      ['train', 0.7],
      ['val', 0.1],
      ['test', 0.2],
    ] as const)
      expect(Math.abs(counts[split] / 2000 - share)).toBeLessThan(0.02);
  });
});

describe('splits that came with the data', () => {
  it('leak-free: test whole, nothing shares a group across splits, and nothing is left out without reason', () => {
    fc.assert(
      fc.property(samples, (list) => {
        const official = list.map((s) => s.split);
        const group = list.map((s) => s.group);
        const { splits, leak } = assignSplits({
          policy: 'leak-free',
          official,
          group,
          classes: list.map((s) => s.class),
          seed: 1,
        });
        const groupsOf = (s: Split): Set<number> => new Set(group.filter((_, i) => splits[i] === s));
        const [train, val, test] = [groupsOf('train'), groupsOf('val'), groupsOf('test')];
        for (const g of test) expect(train.has(g) || val.has(g)).toBe(false);
        for (const g of val) expect(train.has(g)).toBe(false);
        list.forEach((s, i) => {
          if (s.split === 'test') expect(splits[i]).toBe('test');
          expect(leak[i]).toBe(splits[i] === null);
          if (leak[i]) expect(test.has(s.group) || (s.split === 'train' && val.has(s.group))).toBe(true);
          else expect(splits[i]).toBe(s.split);
        });
      }),
    );
  });

  it('official: as they are', () => {
    const official: Split[] = ['train', 'test', 'train'];
    expect(assignSplits({ policy: 'official', official, group: [0, 0, 0], classes: [0, 1, 0], seed: 1 })).toEqual({
      splits: official,
      leak: [false, false, false],
      counts: { train: 2, val: 0, test: 1 },
      leftOutAsLeak: 0,
      stratified: true,
    });
  });

  it('new, with nothing labelled: by group alone, and says so', () => {
    const group = Array.from({ length: 100 }, (_, i) => i >> 1);
    const drawn = assignSplits({ policy: 'new', official: null, group, classes: group.map(() => null), seed: 3 });
    expect(drawn).toMatchObject({ stratified: false, counts: { train: 70, val: 10, test: 20 } });
    expect(group.every((g, i) => drawn.splits[i] === drawn.splits[2 * g])).toBe(true);
  });
});

describe('groups', () => {
  it('join patients and pairs, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.constantFrom('a', 'b', 'c')), { minLength: 1, maxLength: 40 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }),
        (patients, raw) => {
          const n = patients.length;
          const pairs = raw.map(([a, b]) => [a % n, b % n] as const);
          const { group, groups } = joinGroups(patients, pairs);
          expect(new Set(group).size).toBe(groups);
          for (const [a, b] of pairs) expect(group[a]).toBe(group[b]);
          patients.forEach((p, i) => {
            if (p !== null) expect(group[i]).toBe(group[patients.indexOf(p)]);
          });
          expect(
            joinGroups(
              patients,
              [...pairs].reverse().map(([a, b]) => [b, a] as const),
            ).group,
          ).toEqual(group);
        },
      ),
    );
  });
});

describe('classes', () => {
  it('official names by file name or by sizes, if the shape fits', () => {
    const seen = (fileName: string, channels = 1) =>
      officialSet({ fileName, splits: { train: 546, val: 78, test: 156 }, channels, dimensions: '2d' })?.title;
    expect(seen('breastmnist.npz')).toBe('BreastMNIST');
    expect(seen('BreastMNIST_224.npz')).toBe('BreastMNIST');
    expect(seen('my data.npz')).toBe('BreastMNIST');
    expect(seen('breastmnist.npz', 3)).toBeUndefined();
    expect(officialSet({ fileName: 'constructor.npz', splits: null, channels: 1, dimensions: '2d' })).toBeNull();
    for (const set of Object.values(MEDMNIST)) expect(new Set(set.classes).size).toBe(set.classes.length);
    expect(MEDMNIST.retinamnist!.kind).toBe('ordered');
  });

  it('a few empty classes are believed, a stray number is not', () => {
    const count = (...labels: number[]): number => countClasses(Int32Array.from(labels), null, 'f', String);
    expect([count(0, 1), count(0, 2, 1), count(0, 1, 2, 4), count(1, 0, 0), count(1, 1)]).toEqual([2, 3, 5, 2, 2]);
    for (const labels of [
      [0, 1, 99],
      [0, 9],
      [0, 1, 5],
    ])
      expect(() => count(...labels)).toThrow(/out of range/);
  });

  it('suggests the positive class', () => {
    const positive = (...names: string[]): number | null => namedClasses(names).positive;
    expect(positive('benign', 'malignant')).toBe(1);
    expect(positive('cancer', 'normal')).toBe(0);
    expect(positive('left', 'right', 'right')).toBe(0);
    expect(positive('0', '1', '1')).toBe(1);
    expect(positive('a', 'b', 'c')).toBeNull();
    expect(numberedClasses(2, [9, 1], null).positive).toBe(1);
  });

  it('short names are short and different, colours and keys are there for many classes', () => {
    const names = [
      'malignant',
      'normal, benign',
      'a name that is long',
      'a name that is longer',
      'Pneumonoultramicroscopic',
      ...Object.values(MEDMNIST).flatMap((s) => s.classes),
    ];
    const short = shortNames(names);
    expect(new Set(short).size).toBe(names.length);
    for (const s of short) expect(s.length).toBeLessThanOrEqual(12);
    expect(short.slice(0, 2)).toEqual(['malignant', 'benign']);
    const classes = labelClasses(names.slice(0, 24).map((name, id) => ({ id, name, short: name })));
    expect(new Set(classes.map((c) => c.colour)).size).toBe(24);
    expect(new Set(classes.map((c) => c.key)).size).toBe(24);
    expect(classes[9]!.key).toBe('Digit0');
    for (const c of classes) expect(c.colour).toMatch(/^#[0-9a-fA-F]{6}$/);
  });
});
