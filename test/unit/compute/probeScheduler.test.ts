import { expect, it } from 'vitest';
import { ProbeScheduler } from '@main/compute';
import type { ClassList, TrainingSample } from '@main/training';
import { UserError } from '@shared/errors';

const TOTAL = 5;
/** Where the reading waits for what the test does next. */
const HELD = 2;
/** Enough groups for the probe to start. */
const samples = Array.from({ length: 40 }, (_, key): TrainingSample => ({
  key,
  id: `s${key}`,
  contentHash: `h${key}`,
  group: key,
  split: 'train',
  leak: false,
  class: key % 2,
  state: 'labelled',
  event: null,
}));
const classes: ClassList = { ids: [0, 1], names: ['a', 'b'], positive: null, kind: 'single' };
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

it('stops reading features when it is paused, and goes on where it stopped', async () => {
  let done = 0;
  let fits = 0;
  let held = true;
  const scheduler = new ProbeScheduler({
    compute: {
      async prepareFeatures(_, { onProgress, signal } = {}) {
        for (; done < TOTAL; done++) {
          if (signal?.aborted) throw new UserError('cancelled', 'the computation of features was stopped');
          onProgress?.({ done, total: TOTAL, secondsLeft: TOTAL - done });
          do await pause();
          while (held && done === HELD && !signal?.aborted);
        }
        return { computed: TOTAL, total: TOTAL, missing: 2 };
      },
      fitProbe: () => {
        fits++;
        const probabilities = new Float32Array(0);
        return Promise.resolve({ probabilities, kind: new Uint8Array(0), classes: 2, seconds: 0, choiceIsOld: false });
      },
    },
    read: () => ({ samples, classes, journal: 1 }),
    onStatus: () => undefined,
    onAnswer: () => undefined,
  });
  scheduler.changed();
  await expect.poll(() => scheduler.status.done).toBe(HELD);
  expect(scheduler.status).toMatchObject({ state: 'features', secondsLeft: TOTAL - HELD });
  scheduler.pause(true);
  await expect.poll(() => scheduler.status.state).toBe('paused');
  const before = done;
  expect(before).toBeLessThan(TOTAL);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([done, fits]).toEqual([before, 0]);
  held = false;
  scheduler.pause(false);
  await expect.poll(() => scheduler.status.state).toBe('ready');
  expect([done, fits]).toEqual([TOTAL, 1]);
  expect(scheduler.status).toMatchObject({ missing: 2, done: 38, total: 40 });
  scheduler.close();
});
