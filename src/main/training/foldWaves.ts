/** libuv runs four things at once by default, and writing checkpoints needs its turn as well. */
const MOST_AT_ONCE = 4;
/** With fewer, folds go one after the other: two at once with a thread each were no faster on two cores (docs/figures.md). */
const THREADS_OF_A_STEP = 4;

/** How many trainings go on at once, and the threads of each: by the machine alone. */
export function lanesOf(threads: number): { atOnce: number; threads: number } {
  const atOnce = Math.max(1, Math.min(Math.floor(threads / THREADS_OF_A_STEP), MOST_AT_ONCE));
  return { atOnce, threads: Math.max(1, Math.floor(threads / atOnce)) };
}

/** Folds that train side by side, and the threads that each of them gets. */
export interface FoldWave {
  readonly folds: readonly number[];
  readonly threads: number;
}

/**
 * Folds side by side where a step would have more threads than it can share well. Which threads a fold gets depends on its number
 * and on the machine alone, never on what was already trained: a run that was cut off ends with the same bits.
 */
export function foldWaves(folds: number, threads: number): FoldWave[] {
  const atOnce = Math.min(folds, lanesOf(threads).atOnce);
  const waves = Math.ceil(folds / atOnce);
  let next = 0;
  return Array.from({ length: waves }, (_, wave) => {
    const size = Math.ceil((folds - next) / (waves - wave));
    const members = Array.from({ length: size }, () => next++);
    return { folds: members, threads: Math.max(1, Math.floor(threads / size)) };
  });
}

/**
 * Runs all at once. The first that fails stops the others, and its error is thrown once they stand still.
 * @returns false where one was stopped
 */
export async function sideBySide<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<boolean>,
): Promise<boolean> {
  const failing = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failing.signal]) : failing.signal;
  const errors: unknown[] = [];
  const ends = await Promise.all(
    items.map(async (item) => {
      try {
        return await work(item, stop);
      } catch (error) {
        errors.push(error);
        failing.abort();
        return false;
      }
    }),
  );
  if (errors.length > 0) throw errors[0];
  return ends.every(Boolean);
}
