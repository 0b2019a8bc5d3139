import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, current, deal, goTo, openQueue, refresh, takeBack, waiting } from '@renderer/features/check/queue';
import type { Queue } from '@renderer/features/check/queue';

describe('the queue of likely wrong labels', () => {
  it('goes on after a verdict, and keeps the sample in its place', () => {
    const queue = deal(openQueue([7, 3, 9]));
    expect(queue.keys).toEqual([7, 3, 9]);
    expect([current(queue), queue.dealt.has(7), waiting(queue)]).toEqual([3, true, 2]);
  });
  it('stays at its end, and an empty one does nothing', () => {
    expect(current(deal(goTo(openQueue([7, 3]), 1)))).toBe(3);
    expect(deal(openQueue([])).dealt.size).toBe(0);
  });
  it('stands still when the model changes its mind, and says how many are new', () => {
    const queue = compare(goTo(openQueue([7, 3, 9]), 1), [5, 9, 6]);
    expect([queue.keys, current(queue), queue.fresh]).toEqual([[7, 3, 9], 3, 2]);
  });
  it('takes the new order on refresh only, with the same sample in front where it still is', () => {
    const queue = refresh(goTo(openQueue([7, 3, 9]), 2), [5, 9, 6]);
    expect([queue.keys, current(queue), queue.fresh, queue.dealt.size]).toEqual([[5, 9, 6], 9, 0, 0]);
    expect(current(refresh(openQueue([7]), [1, 2]))).toBe(1);
  });
  it('goes back to what undo took back', () => {
    const dealt = deal(deal(openQueue([7, 3, 9])));
    const queue = takeBack(dealt, [3]);
    expect([current(queue), queue.dealt.has(3), queue.dealt.has(7)]).toEqual([3, false, true]);
    expect(current(takeBack(dealt, [100]))).toBe(9);
  });
  it('never changes order or members but on refresh, whatever is done', () => {
    const step = fc.oneof(
      fc.constant({ do: 'deal' as const, n: 0 }),
      fc.record({ do: fc.constant('go' as const), n: fc.integer({ min: -5, max: 40 }) }),
      fc.record({ do: fc.constant('back' as const), n: fc.nat(30) }),
      fc.record({ do: fc.constant('compare' as const), n: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30), { minLength: 1 }), fc.array(step), (keys, steps) => {
        let queue: Queue = openQueue(keys);
        for (const s of steps) {
          if (s.do === 'deal') queue = deal(queue);
          else if (s.do === 'go') queue = goTo(queue, s.n);
          else if (s.do === 'back') queue = takeBack(queue, [s.n]);
          else queue = compare(queue, [s.n]);
          expect(queue.keys).toEqual(keys);
          expect(current(queue)).toBeDefined();
        }
      }),
    );
  });
});
