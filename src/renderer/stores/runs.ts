import { computed, shallowReactive, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { RecipeOptions, RunProgress, RunSummary } from '@shared/domain';
import { useEvent } from './events';
import { client } from './services';

/** Of a stage of a run: `fold-3` → 3; null for all others. */
export const foldOf = (stage: string): number | null => {
  const found = /^fold-(\d+)/.exec(stage);
  return found ? Number(found[1]) : null;
};

/** The project's runs, newest first, and how far the present one is. */
export const useRuns = defineStore('runs', () => {
  const runs = shallowRef<RunSummary[]>([]);
  /** The last news of each run of this session. */
  const progress = shallowReactive(new Map<string, RunProgress>());
  const running = computed(() => runs.value.find((run) => run.state === 'running' || run.state === 'paused') ?? null);
  const queued = computed(() => runs.value.filter((run) => run.state === 'queued'));
  /** Whether a new run would wait behind another, which runs, stands still, or waits for features itself. */
  const busy = computed(() => running.value !== null || queued.value.length > 0);

  const take = (next: RunSummary[]): void => void (runs.value = [...next].sort((a, b) => b.number - a.number));
  useEvent('runs', (event) => take(event.runs));
  useEvent('run', (event) => progress.set(event.progress.run, event.progress));

  const load = async (): Promise<void> => take(await client().training.runs({}));
  const start = (options: RecipeOptions & { name?: string; note?: string }): Promise<RunSummary> =>
    client().training.start(options);
  const stop = (run: string): Promise<RunSummary> => client().training.stop({ run });

  const pause = (run: string, paused: boolean): Promise<RunSummary> => client().training.pause({ run, paused });

  /**
   * Trains again on the labels of now, by the recipe of the last quick run; queued behind a running one. A run of hours is
   * started on the Train page, which says before what it takes.
   */
  async function retrain(): Promise<RunSummary> {
    const last = runs.value.find((run) => run.preset === 'quick');
    if (!last) return start({});
    const { recipe } = await client().training.run({ run: last.id });
    return start(recipe);
  }

  return { runs, progress, running, queued, busy, load, start, stop, pause, retrain };
});
