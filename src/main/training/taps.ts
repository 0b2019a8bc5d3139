import { recipe, type InputRecipe, type Recipe } from '@shared/domain';

/** Which layers' tokens heads learn on. */
export type Taps = Recipe['taps'];

/** Above so many samples the default is the last layer alone: five layers' tokens would fill the disk. */
export const MOST_SAMPLES_FOR_TAPS = 20_000;

export const tapsName = (taps: Taps): string => (taps === 'last' ? 'last' : taps.join('-'));

/** Layers side by side. */
export const tapsCount = (taps: Taps): number => (taps === 'last' ? 1 : taps.length);

/**
 * Places that each axis has in the sequence of a volume's slices: a volume of 28 slices has each slice in a place of its own,
 * and heads read volumes of any depth.
 */
export const PLACES = 28;

/** Heads' inputs of at most so many bytes are held in memory; more are read from disk batch by batch. */
export const MOST_IN_MEMORY = 1024 ** 3;
/** Tokens that no run has asked for yet may take so much of the disk. [bytes] */
const MOST_BEFOREHAND = 1024 ** 3;
export const PATCH = 14;
const BYTES_OF_TOKEN = 384 * 2;

/** Taps of the default recipe where their tokens are small enough to be kept before anybody trains; else null. */
export function tapsBeforehand(samples: number, input: Pick<InputRecipe, 'imageSize' | 'axes'>): Taps | null {
  const { taps } = recipe.parse({});
  const tokens = input.axes === 'image' ? (input.imageSize / PATCH) ** 2 + 1 : 3 * PLACES;
  const bytes = samples * tokens * tapsCount(taps) * BYTES_OF_TOKEN;
  return samples <= MOST_SAMPLES_FOR_TAPS && bytes <= MOST_BEFOREHAND ? taps : null;
}
