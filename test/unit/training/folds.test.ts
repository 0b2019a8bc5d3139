import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignFolds } from '@main/training/folds';

describe('folds', () => {
  it('never split a group, depend on nothing but their arguments, and hold every sample', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ group: fc.nat(40), label: fc.integer({ min: -1, max: 3 }) }), {
          minLength: 1,
          maxLength: 200,
        }),
        fc.integer({ min: 2, max: 8 }),
        fc.nat(1000),
        (samples, k, seed) => {
          const groups = samples.map((s) => s.group);
          const labels = samples.map((s) => s.label);
          const folds = assignFolds(groups, labels, k, seed);
          const byGroup = new Map<number, number>();
          groups.forEach((group, i) => {
            expect(folds[i]).toBeLessThan(k);
            expect(byGroup.get(group) ?? folds[i]).toBe(folds[i]);
            byGroup.set(group, folds[i]!);
          });
          expect(assignFolds(groups, labels, k, seed)).toEqual(folds);
        },
      ),
    );
  });

  it('spread every class evenly', () => {
    const labels = Array.from({ length: 500 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const folds = assignFolds([...labels.keys()], labels, 5, 1);
    for (let f = 0; f < 5; f++)
      for (const label of [0, 1]) {
        const count = labels.filter((l, i) => l === label && folds[i] === f).length;
        expect(count).toBe(label === 1 ? 20 : 80);
      }
  });

  it('change with the seed', () => {
    const labels = Array.from({ length: 60 }, (_, i) => i % 2);
    const groups = [...labels.keys()];
    expect(assignFolds(groups, labels, 5, 1)).not.toEqual(assignFolds(groups, labels, 5, 2));
  });
});
