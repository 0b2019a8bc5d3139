import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, current, goTo, judge, openQueue, refresh, takeBack, waiting } from '@renderer/features/check/queue';
import type { Queue } from '@renderer/features/check/queue';

describe('the queue of likely wrong labels', () => {
  it('goes on after a verdict, and keeps the sample in its place', () => {
    const queue = judge(openQueue([7, 3, 9]), 7, 'accepted');
    expect(queue.keys).toEqual([7, 3, 9]);
    expect([current(queue), queue.verdicts.get(7), waiting(queue)]).toEqual([3, 'accepted', 2]);
  });
  it('does not move for a verdict on another sample', () => {
    expect(current(judge(openQueue([7, 3, 9]), 9, 'kept'))).toBe(7);
  });
  it('stands still when the model changes its mind, and says how many are new', () => {
    const queue = compare(goTo(openQueue([7, 3, 9]), 1), [5, 9, 6]);
    expect([queue.keys, current(queue), queue.fresh]).toEqual([[7, 3, 9], 3, 2]);
  });
  it('takes the new order on refresh only, with the same sample in front where it still is', () => {
    const queue = refresh(goTo(openQueue([7, 3, 9]), 2), [5, 9, 6]);
    expect([queue.keys, current(queue), queue.fresh, queue.verdicts.size]).toEqual([[5, 9, 6], 9, 0, 0]);
    expect(current(refresh(openQueue([7]), [1, 2]))).toBe(1);
  });
  it('goes back to what undo took back', () => {
    const judged = judge(judge(openQueue([7, 3, 9]), 7, 'kept'), 3, 'unsure');
    const queue = takeBack(judged, [3]);
    expect([current(queue), queue.verdicts.has(3), queue.verdicts.has(7)]).toEqual([3, false, true]);
    expect(current(takeBack(judged, [100]))).toBe(9);
  });
  it('never changes order or members but on refresh, whatever is done', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('judge' as const), n: fc.nat(30) }),
      fc.record({ do: fc.constant('go' as const), n: fc.integer({ min: -5, max: 40 }) }),
      fc.record({ do: fc.constant('back' as const), n: fc.nat(30) }),
      fc.record({ do: fc.constant('compare' as const), n: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30), { minLength: 1 }), fc.array(step), (keys, steps) => {
        let queue: Queue = openQueue(keys);
        for (const s of steps) {
          if (s.do === 'judge') queue = judge(queue, s.n, 'kept');
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
