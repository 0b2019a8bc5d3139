import { basename } from 'node:path';
import type { RunProgress } from '@shared/domain';
import { errorData } from '@shared/errors';
import { markRun } from '@main/training/markRun';
import { Hold } from './hold';
import type { ComputeService } from './service';

export interface RunQueueOptions {
  readonly compute: ComputeService;
  readonly onProgress: (progress: RunProgress) => void;
  /** A run was queued, began, ended: its folder says how (`readRun`). */
  readonly onChange: (runId: string) => void;
}

interface Entry {
  readonly id: string;
  readonly folder: string;
  readonly stopping: AbortController;
  readonly hold: Hold;
  readonly ended: () => void;
  readonly end: Promise<void>;
}

/** Runs one after the other; a stopped or failed one makes way for the next. */
export class RunQueue {
  readonly #entries: Entry[] = [];
  #closed = false;

  constructor(private readonly options: RunQueueOptions) {}

  /** The id of the run at work, or null. */
  get current(): string | null {
    return this.#entries[0]?.id ?? null;
  }

  /** Starts or resumes a run folder when its turn comes. The promise ends with the run (it never rejects: `readRun` says why it failed). */
  add(folder: string): Promise<void> {
    const id = basename(folder);
    const there = this.#entries.find((entry) => entry.id === id);
    if (there) return there.end;
    let ended = (): void => {};
    const end = new Promise<void>((resolve) => (ended = resolve));
    this.#entries.push({ id, folder, stopping: new AbortController(), hold: new Hold(), ended, end });
    if (this.#entries.length === 1) void this.#work();
    else this.options.onChange(id);
    return end;
  }

  /** Ends the run at its best so far, or takes it out of the queue; resolves when it has ended. */
  async stop(runId: string): Promise<void> {
    const at = this.#entries.findIndex((entry) => entry.id === runId);
    const entry = this.#entries[at];
    if (!entry) return;
    entry.stopping.abort();
    if (at > 0) {
      this.#entries.splice(at, 1);
      await markRun(entry.folder, 'stopped');
      entry.ended();
      this.options.onChange(runId);
    }
    await entry.end;
  }

  /** Lets a run stand still at its next step, or go on; those behind it wait. The run's progress says when it does. */
  hold(runId: string, held: boolean): void {
    this.#entries.find((entry) => entry.id === runId)?.hold.set(held);
  }

  /** Ends the run at work where it stands (it can be resumed) and forgets the rest. */
  async close(): Promise<void> {
    this.#closed = true;
    const waiting = this.#entries.splice(1);
    for (const { folder, ended } of waiting) {
      await markRun(folder, 'stopped');
      ended();
    }
    const running = this.#entries[0];
    await this.options.compute.endRuns();
    await running?.end;
  }

  async #work(): Promise<void> {
    for (let entry = this.#entries[0]; entry && !this.#closed; entry = this.#entries[0]) {
      await this.#run(entry);
      this.#entries.shift();
      entry.ended();
      if (!this.#closed) this.options.onChange(entry.id);
    }
  }

  async #run({ id, folder, stopping, hold }: Entry): Promise<void> {
    this.options.onChange(id);
    try {
      const { onProgress } = this.options;
      await this.options.compute.runFolder(folder, { onProgress, signal: stopping.signal, hold });
    } catch (error) {
      const { code, message } = errorData(error);
      // A child that was ended with the app, or that did not come to say it itself, leaves this to us.
      if (this.#closed || code === 'cancelled') await markRun(folder, 'stopped');
      else await markRun(folder, 'failed', message);
    }
  }
}
