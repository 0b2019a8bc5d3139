import type { RunLog } from './runLog';

/** Holds a run between two steps: it uses no processor while it is held, and goes on at the very same step. */
export class Pause {
  #held = false;
  #release: (() => void)[] = [];

  get held(): boolean {
    return this.#held;
  }

  set(held: boolean): void {
    this.#held = held;
    if (held) return;
    for (const release of this.#release.splice(0)) release();
  }

  /** Resolves when nothing holds the run, or when it is to stop. */
  async passed(signal?: AbortSignal): Promise<void> {
    while (this.#held && !signal?.aborted)
      await new Promise<void>((resolve) => {
        const go = (): void => {
          signal?.removeEventListener('abort', go);
          resolve();
        };
        this.#release.push(go);
        signal?.addEventListener('abort', go, { once: true });
      });
  }
}

/** Waits while a pause holds the run, and says so. */
export async function waitWhilePaused(
  log: RunLog,
  pause: Pause | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!pause?.held || signal?.aborted) return;
  await log.rest('paused');
  await pause.passed(signal);
  await log.work('goes on');
}
