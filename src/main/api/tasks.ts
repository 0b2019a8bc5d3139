import type { AppEvent, TaskProgress } from '@shared/domain';
import { UserError } from '@shared/errors';

/** Milliseconds between two messages about progress. */
const QUIET = 150;

/** What long work is given: a signal that calls it off, and somebody to tell how far it is. */
export interface TaskTools {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Pick<TaskProgress, 'stage' | 'done' | 'total'>) => void;
}

/** Long work that windows follow by `task` events and may call off by its id. */
export class Tasks {
  readonly #running = new Map<string, AbortController>();

  constructor(private readonly publish: (event: AppEvent) => void) {}

  /** @throws UserError `value-invalid` where this id is at work already; whatever the work throws */
  async run<T>(id: string, kind: TaskProgress['kind'], work: (o: TaskTools) => Promise<T>): Promise<T> {
    if (this.#running.has(id)) throw new UserError('value-invalid', 'this is under way already');
    const abort = new AbortController();
    this.#running.set(id, abort);
    let last = 0;
    let stage = { name: '', since: 0 };
    const onProgress: TaskTools['onProgress'] = (progress) => {
      const now = performance.now();
      if (stage.name !== progress.stage) stage = { name: progress.stage, since: now };
      else if (now - last < QUIET && progress.done < progress.total) return;
      last = now;
      const part = progress.total > 0 ? progress.done / progress.total : 0;
      const seconds = (now - stage.since) / 1000;
      const secondsLeft = part > 0.02 && seconds > 1 ? (seconds / part) * (1 - part) : null;
      this.publish({ type: 'task', progress: { id, kind, ...progress, secondsLeft } });
    };
    try {
      return await work({ signal: abort.signal, onProgress });
    } finally {
      this.#running.delete(id);
    }
  }

  cancel(id: string): void {
    this.#running.get(id)?.abort();
  }

  cancelAll(): void {
    for (const task of this.#running.values()) task.abort();
  }
}
