import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue';
import { isVolumeEncoder, recipeOf, withoutUnused } from '@shared/domain';
import type { EncoderChoice, Preset, Recipe, RunEstimate } from '@shared/domain';
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
  focal: [0, 10],
  trainBlocks: [1, 64],
  views: [1, 64],
} as const satisfies Partial<Record<keyof Recipe, readonly [number, number]>>;
export type NumberKey = keyof typeof BOUNDS;
const SHARES: readonly NumberKey[] = ['learningRate', 'weightDecay', 'layerDecay', 'labelSmoothing', 'delta', 'focal'];
/** What only a trained encoder needs. */
const OF_FULL: readonly NumberKey[] = ['layerDecay', 'labelSmoothing', 'patience', 'trainBlocks', 'views'];
/** What comparisons over folds do without. */
const OF_TRAINING: readonly NumberKey[] = ['focal'];
/** What only an encoder that is trained already has. */
const OF_TRAINED: readonly NumberKey[] = ['trainBlocks', 'views'];
/** What only repeated comparisons need. */
const OF_BOOSTER: readonly NumberKey[] = ['folds', 'seeds', 'delta'];
type NumbersOf = Pick<Recipe, 'preset' | 'encoder' | 'trainBlocks'>;
/** The numbers that a recipe has. A booster check draws its seeds itself. */
export const numbersOf = ({ preset, encoder, trainBlocks }: NumbersOf): NumberKey[] =>
  (Object.keys(BOUNDS) as NumberKey[]).filter(
    (key) =>
      (preset === 'full' || !OF_FULL.includes(key)) &&
      (preset !== 'booster' || !OF_TRAINING.includes(key)) &&
      (!isVolumeEncoder(encoder) || !OF_TRAINED.includes(key)) &&
      (key !== 'views' || trainBlocks !== null) &&
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
        numbersOf(options).filter((key) => {
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

  /** The preset's own numbers; mode, core, layers, encoder, block, seed, engine and device stay as far as they fit. */
  function setPreset(preset: Preset, volumes = false): void {
    const { mode, core, block, seed, encoder, sliceAxes, engine, device } = options;
    // A booster check asks about the block: it needs a place for it, and brings the other cores itself.
    const place = preset === 'booster' ? { mode: mode === 'plain' ? ('outer' as const) : mode } : { mode, core };
    // Volumes are trained whole by networks of their own; elsewhere an encoder must be trained already.
    const own = isVolumeEncoder(encoder);
    const fitting = preset === 'full' && volumes ? (own ? encoder : 'vit3d') : own ? 'vit' : encoder;
    Object.assign(
      options,
      recipeOf({
        preset,
        ...place,
        ...layersFor(fitting),
        block,
        seed,
        encoder: fitting,
        sliceAxes,
        engine,
        device,
      }),
    );
  }

  /** Another encoder, with what it starts from: a network that starts from nothing learns otherwise. */
  function setEncoder(encoder: EncoderChoice): void {
    if (isVolumeEncoder(encoder) === isVolumeEncoder(options.encoder)) {
      Object.assign(options, { encoder, ...layersFor(encoder) });
      return;
    }
    const { preset, mode, core, block, seed, sliceAxes, engine, device } = options;
    Object.assign(options, recipeOf({ preset, mode, core, block, seed, sliceAxes, encoder, engine, device }));
  }

  /** The same layers where the encoder is of the same kind, whose numbers mean the same; its last one otherwise. */
  const layersFor = (encoder: EncoderChoice): Pick<Recipe, 'taps'> =>
    encoder === 'vit' && options.encoder === 'vit'
      ? { taps: options.taps }
      : { taps: encoder === 'vit' ? recipeOf({}).taps : 'last' };

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

  return { options, estimate, error, estimating, faults, refusedPair, ready, setPreset, setEncoder, take, ask };
}
export type RecipeForm = ReturnType<typeof useRecipe>;
