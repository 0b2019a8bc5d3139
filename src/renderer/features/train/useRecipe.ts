import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue';
import { recipeOf, withoutUnused } from '@shared/domain';
import type { Preset, Recipe, RunEstimate } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent } from '@renderer/stores';
import { isRefused } from './method';

/** Milliseconds of quiet before the services are asked what a run would take. */
const QUIET = 250;

/** Bounds of the numbers that a person may type. */
export const BOUNDS = {
  epochs: [1, 1000],
  batch: [1, 4096],
  learningRate: [1e-6, 1],
  weightDecay: [0, 10],
  seed: [0, 2 ** 31 - 1],
  layerDecay: [0.1, 1],
  labelSmoothing: [0, 0.9],
  patience: [1, 1000],
  folds: [2, 20],
  seeds: [1, 100],
  delta: [0.0001, 0.5],
} as const satisfies Partial<Record<keyof Recipe, readonly [number, number]>>;
export type NumberKey = keyof typeof BOUNDS;
const SHARES: readonly NumberKey[] = ['learningRate', 'weightDecay', 'layerDecay', 'labelSmoothing', 'delta'];
/** What only a trained encoder needs. */
const OF_FULL: readonly NumberKey[] = ['layerDecay', 'labelSmoothing', 'patience'];
/** What only repeated comparisons need. */
const OF_BOOSTER: readonly NumberKey[] = ['folds', 'seeds', 'delta'];
/** The numbers that a preset has. A booster check draws its seeds itself. */
export const numbersOf = (preset: Preset): NumberKey[] =>
  (Object.keys(BOUNDS) as NumberKey[]).filter(
    (key) =>
      (preset === 'full' || !OF_FULL.includes(key)) &&
      (preset === 'booster' ? key !== 'seed' : !OF_BOOSTER.includes(key)),
  );

/** The recipe of the next run as the person sets it, and what it would take. */
export function useRecipe() {
  const options = reactive<Recipe>(recipeOf({}));
  const estimate = shallowRef<RunEstimate | null>(null);
  const error = shallowRef<UserErrorData | null>(null);
  const estimating = ref(false);

  const faults = computed(
    () =>
      new Set(
        numbersOf(options.preset).filter((key) => {
          const [low, high] = BOUNDS[key];
          const value = options[key];
          if (value === null) return false;
          return !(SHARES.includes(key) || Number.isInteger(value)) || !(value >= low && value <= high);
        }),
      ),
  );
  const refusedPair = computed(() => isRefused(options.mode, options.core));
  const ready = computed(() => faults.value.size === 0 && !refusedPair.value && estimate.value?.refused === null);

  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  async function ask(): Promise<void> {
    const mine = ++asked;
    if (faults.value.size > 0 || refusedPair.value) return;
    estimating.value = true;
    try {
      const answer = await client().training.estimate({ ...options });
      if (mine !== asked) return;
      estimate.value = answer;
      error.value = null;
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
    } finally {
      if (mine === asked) estimating.value = false;
    }
  }
  const askLater = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), QUIET);
  };

  /** The preset's own numbers; mode, core, layers, block and seed stay. */
  function setPreset(preset: Preset): void {
    const { mode, core, taps, block, seed } = options;
    // A booster check asks about the block: it needs a place for it, and brings the other cores itself.
    const place = preset === 'booster' ? { mode: mode === 'plain' ? ('outer' as const) : mode } : { mode, core };
    Object.assign(options, recipeOf({ preset, ...place, taps, block, seed }));
  }

  /** Takes over the recipe of an earlier run. */
  const take = (from: Recipe): void => void Object.assign(options, withoutUnused(from));

  watch(options, askLater);
  useEvent('labels', askLater);
  useEvent('project', askLater);
  useEvent('runs', askLater);
  // Steps are measured once nothing else keeps the processor busy.
  useEvent('probe', ({ status }) => {
    if (estimate.value?.measuring && status.state !== 'features') askLater();
  });
  onScopeDispose(() => clearTimeout(timer));
  void ask();

  return { options, estimate, error, estimating, faults, refusedPair, ready, setPreset, take, ask };
}
export type RecipeForm = ReturnType<typeof useRecipe>;
