import type { Recipe } from '@shared/domain';

/** Which layers' tokens heads learn on. */
export type Taps = Recipe['taps'];

/** Above so many samples the default is the last layer alone: five layers' tokens would fill the disk. */
export const MOST_SAMPLES_FOR_TAPS = 20_000;

export const tapsName = (taps: Taps): string => (taps === 'last' ? 'last' : taps.join('-'));
