import type { RunProgress } from '@shared/domain';
import type { RunScores } from './types';

export interface ExecuteOptions {
  readonly onProgress?: (progress: RunProgress) => void;
  /** Aborting keeps the best so far: the run ends as `stopped`. */
  readonly signal?: AbortSignal;
}
export interface RunOutcome {
  readonly state: 'done' | 'stopped';
  readonly scores: RunScores;
}

/** Executes a run folder, or goes on where it was cut off, bit for bit. */
export function executeRun(folder: string, options: ExecuteOptions = {}): Promise<RunOutcome> {
  throw new Error(folder + String(options));
}

/** The logged scoring of the test split: all heads at once (SCIENCE section 4). The caller has asked the person and logs it. */
export function scoreRun(folder: string, options: ExecuteOptions = {}): Promise<RunScores> {
  throw new Error(folder + String(options));
}
