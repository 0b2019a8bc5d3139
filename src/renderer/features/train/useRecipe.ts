import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue';
import { recipe } from '@shared/domain';
import type { Recipe, RunEstimate } from '@shared/domain';
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
} as const satisfies Partial<Record<keyof Recipe, readonly [number, number]>>;
export type NumberKey = keyof typeof BOUNDS;

/** The recipe of the next run as the person sets it, and what it would take. */
export function useRecipe() {
  const options = reactive<Recipe>(recipe.parse({}));
  const estimate = shallowRef<RunEstimate | null>(null);
  const error = shallowRef<UserErrorData | null>(null);
  const estimating = ref(false);

  const faults = computed(
    () =>
      new Set(
        (Object.keys(BOUNDS) as NumberKey[]).filter((key) => {
          const [low, high] = BOUNDS[key];
          const whole = key === 'learningRate' || key === 'weightDecay' || Number.isInteger(options[key]);
          return !whole || !(options[key] >= low && options[key] <= high);
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

  /** Takes over the recipe of an earlier run. */
  const take = (from: Recipe): void => void Object.assign(options, from);

  watch(options, askLater);
  useEvent('labels', askLater);
  useEvent('project', askLater);
  useEvent('runs', askLater);
  onScopeDispose(() => clearTimeout(timer));
  void ask();

  return { options, estimate, error, estimating, faults, refusedPair, ready, take, ask };
}
export type RecipeForm = ReturnType<typeof useRecipe>;
