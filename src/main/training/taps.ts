import { recipe, type Recipe } from '@shared/domain';

/** Which layers' tokens heads learn on. */
export type Taps = Recipe['taps'];

/** Above so many samples the default is the last layer alone: five layers' tokens would fill the disk. */
export const MOST_SAMPLES_FOR_TAPS = 20_000;

export const tapsName = (taps: Taps): string => (taps === 'last' ? 'last' : taps.join('-'));

/** Tokens that no run has asked for yet may take so much of the disk. [bytes] */
const MOST_BEFOREHAND = 1024 ** 3;
const PATCH = 14;
const BYTES_OF_TOKEN = 384 * 2;

/** Taps of the default recipe where their tokens are small enough to be kept before anybody trains; else null. */
export function tapsBeforehand(samples: number, imageSize: number): Taps | null {
  const { taps } = recipe.parse({});
  const layers = taps === 'last' ? 1 : taps.length;
  const bytes = samples * ((imageSize / PATCH) ** 2 + 1) * layers * BYTES_OF_TOKEN;
  return samples <= MOST_SAMPLES_FOR_TAPS && bytes <= MOST_BEFOREHAND ? taps : null;
}
