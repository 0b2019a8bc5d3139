import { Worker } from 'node:worker_threads';
import { UserError } from '@shared/errors';
import { builtEntry } from '@main/project';
import { jobs, type Answer, type JobName, type Jobs } from './jobs';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * Figures with their intervals, computed in a thread of their own so that no label waits for them. Run from sources,
 * where no thread's entry was built, they are computed here.
 */
export class Statistics {
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  run<K extends JobName>(job: K, input: Parameters<Jobs[K]>[0]): Promise<ReturnType<Jobs[K]>> {
    const worker = this.#start();
    if (!worker) return Promise.resolve((jobs[job] as (input: unknown) => ReturnType<Jobs[K]>)(input));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as ReturnType<Jobs[K]>), reject });
      worker.postMessage({ id, job, input });
    });
  }

  /** What was asked for and is not answered yet is called off. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#fail(new UserError('cancelled', 'the project was closed'));
    await worker?.terminate();
  }

  #start(): Worker | null {
    if (this.#worker) return this.#worker;
    const entry = builtEntry('statistics.js');
    if (!entry) return null;
    const worker = new Worker(entry);
    worker.unref();
    worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.result);
    });
    worker.on('error', (error) => {
      this.#worker = null;
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker = worker;
    return worker;
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
