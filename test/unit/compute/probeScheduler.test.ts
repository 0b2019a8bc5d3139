import { expect, it } from 'vitest';
import { ProbeScheduler } from '@main/compute';
import { UserError } from '@shared/errors';

const TOTAL = 5;

it('stops reading features when it is paused, and goes on where it stopped', async () => {
  let done = 0;
  let fits = 0;
  const scheduler = new ProbeScheduler({
    compute: {
      async prepareFeatures(_, { onProgress, signal } = {}) {
        for (; done < TOTAL; done++) {
          if (signal?.aborted) throw new UserError('cancelled', 'the computation of features was stopped');
          onProgress?.({ done, total: TOTAL, secondsLeft: TOTAL - done });
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return { computed: TOTAL, total: TOTAL };
      },
      fitProbe: () => {
        fits++;
        const probabilities = new Float32Array(0);
        return Promise.resolve({ probabilities, kind: new Uint8Array(0), classes: 2, seconds: 0, choiceIsOld: false });
      },
    },
    read: () => ({ samples: [], classes: { ids: [], names: [], positive: null, kind: 'single' }, journal: 1 }),
    onStatus: () => undefined,
    onAnswer: () => undefined,
  });
  scheduler.changed();
  await expect.poll(() => scheduler.status.done).toBe(2);
  expect(scheduler.status).toMatchObject({ state: 'features', secondsLeft: TOTAL - 2 });
  scheduler.pause(true);
  await expect.poll(() => scheduler.status.state).toBe('paused');
  const before = done;
  expect(before).toBeLessThan(TOTAL);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([done, fits]).toEqual([before, 0]);
  scheduler.pause(false);
  await expect.poll(() => scheduler.status.state).toBe('ready');
  expect([done, fits]).toEqual([TOTAL, 1]);
  scheduler.close();
});
