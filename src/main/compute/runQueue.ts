import type { RunProgress } from '@shared/domain';
import type { ComputeService } from './service';

export interface RunQueueOptions {
  readonly compute: ComputeService;
  readonly onProgress: (progress: RunProgress) => void;
  /** A run was queued, began, ended: its folder says how (`readRun`). */
  readonly onChange: (runId: string) => void;
}

/** Runs one after the other; a stopped or failed one makes way for the next. */
export class RunQueue {
  constructor(private readonly options: RunQueueOptions) {}

  /** The id of the run at work, or null. */
  get current(): string | null {
    return null;
  }

  /** Starts or resumes a run folder when its turn comes. The promise ends with the run (it never rejects: `readRun` says why it failed). */
  add(folder: string): Promise<void> {
    throw new Error(folder + String(this.options));
  }

  /** Ends the run at its best so far, or takes it out of the queue; resolves when it has ended. */
  stop(runId: string): Promise<void> {
    throw new Error(runId);
  }

  /** Ends the run at work where it stands (it can be resumed) and forgets the rest. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
