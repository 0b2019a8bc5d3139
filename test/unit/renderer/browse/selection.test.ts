import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { all, moved, NOTHING, only, rangeTo, toggled } from '@renderer/features/browse/selection';
import type { Move } from '@renderer/features/browse/selection';

const order = [10, 11, 12, 13, 14, 15, 16];
const indexOf = (key: number): number => order.indexOf(key);
const MOVES: Move[] = ['left', 'right', 'up', 'down', 'home', 'end', 'pageUp', 'pageDown'];

describe('moving in a grid', () => {
  it('stays in the column by whole rows, and goes to the end of a shorter last row', () => {
    expect(moved(4, 'up', 7, 3, 2)).toBe(1);
    expect(moved(1, 'up', 7, 3, 2)).toBe(1);
    expect(moved(3, 'down', 7, 3, 2)).toBe(6);
    expect(moved(5, 'down', 7, 3, 2)).toBe(6);
    expect(moved(6, 'down', 7, 3, 2)).toBe(6);
    expect(moved(0, 'pageDown', 100, 5, 3)).toBe(15);
    expect(moved(99, 'home', 100, 5, 3)).toBe(0);
  });
  it('never leaves the list', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.constantFrom(...MOVES), { maxLength: 40 }),
        (count, columns, pageRows, steps) => {
          let at = 0;
          for (const step of steps) {
            at = moved(at, step, count, columns, pageRows);
            expect(at).toBeGreaterThanOrEqual(0);
            expect(at).toBeLessThan(count);
          }
        },
      ),
    );
  });
});

describe('selecting like a file manager', () => {
  it('takes one, adds and removes, and never ends with none', () => {
    const two = toggled(only(10), 13);
    expect([...two.keys]).toEqual([10, 13]);
    expect(two.active).toBe(13);
    const one = toggled(two, 13);
    expect([...one.keys]).toEqual([10]);
    expect(one.active).toBe(10);
    expect([...toggled(one, 10).keys]).toEqual([10]);
  });
  it('takes ranges from the anchor, in both directions', () => {
    const down = rangeTo(only(11), 14, order, indexOf);
    expect([...down.keys]).toEqual([11, 12, 13, 14]);
    const up = rangeTo(down, 10, order, indexOf);
    expect([...up.keys]).toEqual([10, 11]);
    expect(up.anchor).toBe(11);
    expect([...rangeTo(only(99), 12, order, indexOf).keys]).toEqual([12]);
  });
  it('takes all', () => {
    expect(all(NOTHING, order).keys.size).toBe(7);
    expect(all(only(12), order).active).toBe(12);
  });
});
