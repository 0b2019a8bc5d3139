import { parentPort } from 'node:worker_threads';
import { perform } from './tasks';
import type { FeedAnswer, FeedTask } from './tasks';

/** Entry of a thread that makes pictures ready while the engine computes. */
parentPort?.on('message', ({ id, task }: { id: number; task: FeedTask }) => {
  const answer = (message: FeedAnswer, hand: ArrayBuffer[] = []): void => parentPort?.postMessage(message, hand);
  try {
    const data = perform(task);
    answer({ id, data }, [data.buffer]);
  } catch (error) {
    answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
