import { isUsed, isVolumeEncoder, optionKind, RECIPE_KEYS } from '@shared/domain';
import type { Preset, Recipe, RecipeKey } from '@shared/domain';

/** Options that a form of their own shows. */
const OWN = [
  'preset',
  'mode',
  'core',
  'taps',
  'block',
  'encoder',
  'encoderSize',
  'sliceAxes',
  'engine',
  'device',
] as const;
export type FieldKey = Exclude<RecipeKey, (typeof OWN)[number]>;
export const FIELD_KEYS = RECIPE_KEYS.filter((key): key is FieldKey => !(OWN as readonly string[]).includes(key));

/** What is shown first, and then by what it is about. */
export const MAIN: readonly FieldKey[] = ['epochs', 'batch', 'learningRate', 'seed'];
export const GROUPS: readonly { readonly name: 'pictures' | 'steps' | 'ends'; readonly keys: readonly FieldKey[] }[] = [
  {
    name: 'pictures',
    keys: ['augment', 'crop', 'erase', 'mixup', 'cutmix', 'labelSmoothing', 'classWeights', 'focal'],
  },
  {
    name: 'steps',
    keys: [
      'warmUpSteps',
      'warmUpEpochs',
      'schedule',
      'leastRate',
      'scaleRate',
      'layerDecay',
      'weightDecay',
      'accumulate',
      'clip',
      'average',
      'dropPath',
      'trainBlocks',
      'views',
    ],
  },
  { name: 'ends', keys: ['patience', 'outOfFold', 'folds', 'seeds', 'delta'] },
];

const OF_PICTURES = new Set<FieldKey>(['crop', 'erase', 'mixup', 'cutmix', 'dropPath']);

/**
 * The options of these that a preset has. A booster check draws its seeds itself; folds are there where something trains in them.
 * @param volumes of a project of volumes
 */
export const fieldsOf = (keys: readonly FieldKey[], recipe: Recipe, volumes = false): FieldKey[] =>
  keys.filter((key) => {
    if (!isUsed(key, recipe.preset)) return false;
    if (key === 'seed') return recipe.preset !== 'booster';
    // Volumes are seen as they are or mildly changed, whole or slice by slice; networks for whole ones start from nothing.
    const whole = isVolumeEncoder(recipe.encoder);
    if ((whole || volumes) && OF_PICTURES.has(key)) return false;
    if (whole && key === 'trainBlocks') return false;
    if (key === 'views') return recipe.trainBlocks !== null;
    if (key === 'folds') return !isUsed('outOfFold', recipe.preset) || recipe.outOfFold;
    return true;
  });

/** Options whose values the recipe does not take. */
export function faultsOf(recipe: Recipe): Set<RecipeKey> {
  return new Set(
    fieldsOf(FIELD_KEYS, recipe).filter((key) => {
      const kind = optionKind(key);
      const value = recipe[key];
      if (kind.kind !== 'number' || typeof value !== 'number') return false;
      if (kind.whole && !Number.isInteger(value)) return true;
      return !(value <= kind.high && (kind.open ? value > kind.low : value >= kind.low));
    }),
  );
}

/** It brings a mode, a core and layers of its own. */
export const isPaper = (preset: Preset): boolean => preset === 'paper-2d' || preset === 'paper-3d';
