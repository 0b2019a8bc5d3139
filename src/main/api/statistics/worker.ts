import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { jobs, type Answer, type Request } from './jobs';

// Labels come first. Only Linux gives threads priorities of their own; elsewhere this would slow the whole app.
if (process.platform === 'linux') {
  try {
    setPriority(10);
  } catch {
    // no permission: all stays as it is
  }
}

/** Entry of the thread that computes figures with their intervals. */
parentPort?.on('message', ({ id, job, input }: Request) => {
  const answer = (message: Answer): void => parentPort?.postMessage(message);
  try {
    answer({ id, result: (jobs[job] as (input: unknown) => unknown)(input) });
  } catch (error) {
    answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
