import type { Output } from './output';

/** What every command gets beside its own options. */
export interface Context {
  readonly output: Output;
  /** Fires when the person presses Ctrl+C or the process is told to end. */
  readonly signal: AbortSignal;
}
