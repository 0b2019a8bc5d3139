import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue';
import { isVolumeEncoder, preset, recipeOf, withoutUnused } from '@shared/domain';
import type { EncoderChoice, Preset, Recipe, RunEstimate } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent } from '@renderer/stores';
import { isRefused } from './method';
import { faultsOf, isPaper } from './recipeFields';

/** Milliseconds of quiet before the services are asked what a run would take. */
const QUIET = 250;

/** The recipe of the next run as the person sets it, and what it would take. */
export function useRecipe() {
  const options = reactive<Recipe>(recipeOf({}));
  const estimate = shallowRef<RunEstimate | null>(null);
  const error = shallowRef<UserErrorData | null>(null);
  const estimating = ref(false);

  const faults = computed(() => faultsOf(options));
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

  /** What a person keeps from preset to preset. */
  const keptOptions = (): Pick<Recipe, 'block' | 'seed' | 'engine' | 'device'> => {
    const { block, seed, engine, device } = options;
    return { block, seed, engine, device };
  };

  /** The preset's own options; encoder, block, seed, engine and device stay as far as they fit, mode, core and layers where the preset brings none. */
  function setPreset(chosen: Preset, volumes = false): void {
    const { encoder, sliceAxes } = options;
    const kept = keptOptions();
    // A network that starts from nothing is trained by `full` alone; elsewhere an encoder must be trained already.
    const fitting = isVolumeEncoder(encoder) && chosen !== 'full' ? 'vit' : encoder;
    if (chosen === 'paper-3d') return void Object.assign(options, recipeOf({ preset: chosen, ...kept }));
    if (isPaper(chosen)) return void Object.assign(options, recipeOf({ preset: chosen, ...kept, encoder: fitting }));
    const { mode, core } = isPaper(options.preset) ? recipeOf({}) : options;
    // A booster check asks about the block: it needs a place for it, and brings the other cores itself.
    const place = chosen === 'booster' ? { mode: mode === 'plain' ? ('outer' as const) : mode } : { mode, core };
    const layers = isPaper(options.preset) && fitting === 'vit' ? { taps: recipeOf({}).taps } : layersFor(fitting);
    const next = { preset: chosen, ...place, ...layers, ...kept, encoder: fitting, sliceAxes };
    Object.assign(options, recipeOf(next, volumes));
  }

  /** What every preset would take, as far as it is known. */
  const costs = shallowRef<Partial<Record<Preset, RunEstimate>>>({});
  async function askCosts(): Promise<void> {
    try {
      const known = await Promise.all(
        preset.options.map(
          async (name) =>
            [name, await client().training.estimate({ preset: name, ...keptOptions(), known: true })] as const,
        ),
      );
      costs.value = Object.fromEntries(known);
    } catch {
      // Each preset's cost is asked for again, and its error shown, when it is chosen.
      costs.value = {};
    }
  }

  /** Another encoder, with what it starts from: a network that starts from nothing learns otherwise. */
  function setEncoder(encoder: EncoderChoice, volumes = false): void {
    if (isVolumeEncoder(encoder) === isVolumeEncoder(options.encoder)) {
      Object.assign(options, { encoder, ...layersFor(encoder) });
      return;
    }
    const { preset, mode, core, sliceAxes } = options;
    Object.assign(options, recipeOf({ preset, mode, core, ...keptOptions(), sliceAxes, encoder }, volumes));
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
  useEvent('runs', () => {
    askLater();
    void askCosts();
  });
  // Steps are measured once nothing else keeps the processor busy.
  useEvent('probe', ({ status }) => {
    if (estimate.value?.measuring && status.state !== 'features') askLater();
  });
  onScopeDispose(() => clearTimeout(timer));
  void ask().then(askCosts);

  return { options, estimate, costs, error, estimating, faults, refusedPair, ready, setPreset, setEncoder, take, ask };
}
export type RecipeForm = ReturnType<typeof useRecipe>;
