import { describe, expect, it } from 'vitest';
import type { DuplicatePair, ImportReview } from '@shared/domain';
import { baseName, countPairs, decide, isJoined, joinAll } from '@renderer/features/import/decisions';
import {
  classFaults,
  defaultKey,
  editedClasses,
  moveClass,
  schemeChanged,
  toLabelClasses,
} from '@renderer/features/import/classes';

const side = (index: number) => ({ index, id: `train_${index}`, split: 'train' as const, class: 0, answers: null });
const pair = (more: Partial<DuplicatePair>): DuplicatePair => ({
  a: side(0),
  b: side(1),
  exact: false,
  likeness: 0.995,
  differentLabels: false,
  acrossSplits: false,
  component: 1,
  componentSize: 2,
  ...more,
});
const pairs = [
  pair({ exact: true, acrossSplits: true }),
  pair({}),
  pair({ componentSize: 5 }),
  pair({ differentLabels: true }),
];

describe('pairs of an import', () => {
  it('joins by the rule of the command line what nobody decided', () => {
    expect(pairs.map((p) => isJoined(p, undefined))).toEqual([true, true, false, true]);
    expect(countPairs(pairs, {})).toEqual({ near: 3, joined: 2, apart: 1, decided: 0, telling: 2 });
  });
  it('keeps identical pixels together whatever is asked', () => {
    const decided = decide(pairs, {}, 0, false);
    expect(decided).toEqual({});
    expect(isJoined(pair({ exact: true }), false)).toBe(true);
  });
  it('takes one decision, or all at once with the large clusters', () => {
    expect(countPairs(pairs, decide(pairs, {}, 1, false))).toMatchObject({ joined: 1, apart: 2, decided: 1 });
    expect(countPairs(pairs, joinAll(pairs))).toMatchObject({ joined: 3, apart: 0, decided: 3 });
  });
  it('names files of either kind of system', () => {
    expect([baseName('/data/a.npz'), baseName('C:\\data\\b.npz'), baseName('/data/folder/')]).toEqual([
      'a.npz',
      'b.npz',
      'folder',
    ]);
  });
});

const review = {
  classes: [
    { id: 0, name: 'malignant', short: 'malignant', count: 210 },
    { id: 1, name: 'normal, benign', short: 'benign', count: 570 },
  ],
} as ImportReview;

describe('classes of an import', () => {
  it('gives each class a colour and a digit, then letters', () => {
    expect(editedClasses(review).map((c) => [c.colour, c.key])).toEqual([
      ['#E69F00', 'Digit1'],
      ['#56B4E9', 'Digit2'],
    ]);
    expect([defaultKey(8), defaultKey(9), defaultKey(200)]).toEqual(['Digit9', 'KeyQ', null]);
  });
  it('finds what may not be stored', () => {
    const classes = editedClasses(review);
    expect(classFaults(classes).size).toBe(0);
    const bad = (change: object) => classFaults([classes[0]!, { ...classes[1]!, ...change }]).get(1);
    expect(bad({ name: '  ' })).toBe('name-empty');
    expect(bad({ name: 'Malignant' })).toBe('name-twice');
    expect(bad({ short: '' })).toBe('short-empty');
    expect(bad({ key: 'Digit1' })).toBe('key-twice');
  });
  it('moves classes, ids stay and order follows the place', () => {
    const moved = moveClass(editedClasses(review), 1, -1);
    expect(toLabelClasses(moved).map((c) => [c.id, c.order])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(moveClass(editedClasses(review), 0, -1).map((c) => c.id)).toEqual([0, 1]);
    expect(schemeChanged(review, moved)).toBe(true);
    expect(schemeChanged(review, editedClasses(review))).toBe(false);
  });
});
