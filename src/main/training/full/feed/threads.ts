import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { builtEntry } from '@main/project';
import { perform } from './tasks';
import type { FeedAnswer, FeedTask } from './tasks';

interface Waiting {
  resolve(data: Float32Array<ArrayBuffer>): void;
  reject(error: Error): void;
}
interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** One thread keeps up with two cores that train; many cores want several. */
const CORES_OF_A_THREAD = 4;
const MOST_THREADS = 8;

/**
 * Threads that make pictures ready beside the engine. What they make hangs on the task alone, never on which of them does it, or
 * when. Run from sources, where no thread's entry was built, tasks are performed here.
 */
export class FeedThreads {
  #threads: Thread[] | null = null;
  #last = 0;

  constructor(
    private readonly count = Math.max(
      1,
      Math.min(MOST_THREADS, Math.floor(availableParallelism() / CORES_OF_A_THREAD)),
    ),
  ) {}

  async ask(task: FeedTask): Promise<Float32Array<ArrayBuffer>> {
    this.#threads ??= this.#start();
    const thread = this.#threads.toSorted((a, b) => a.waiting.size - b.waiting.size)[0];
    if (!thread) return perform(task);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject });
      thread.worker.postMessage({ id, task });
    });
  }

  #start(): Thread[] {
    const entry = import.meta.url.endsWith('.ts') ? null : builtEntry('feed.js', fileURLToPath(import.meta.url));
    return entry ? Array.from({ length: this.count }, () => threadOf(entry)) : [];
  }

  async close(): Promise<void> {
    for (const { worker, waiting } of this.#threads?.splice(0) ?? []) {
      fail(waiting, new Error('the training has ended'));
      await worker.terminate();
    }
  }
}

function threadOf(entry: string): Thread {
  const worker = new Worker(entry);
  const waiting: Thread['waiting'] = new Map();
  worker.on('message', (answer: FeedAnswer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(new Error(answer.error));
    else asked?.resolve(answer.data);
  });
  worker.on('error', (error) => fail(waiting, error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(waiting, new Error('a thread that makes pictures ready has ended')));
  return { worker, waiting };
}

function fail(waiting: Thread['waiting'], error: Error): void {
  for (const { reject } of waiting.values()) reject(error);
  waiting.clear();
}
