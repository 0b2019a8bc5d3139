import type { InputRecipe } from '@shared/domain';
import type { NewSample } from './types';

const PATCH = 14;
const LARGEST = 224;

/**
 * What the network sees unless told otherwise (docs/science.md, section 3): the multiple of 14 nearest to three times the short side
 * (volumes: twice), at most 224. The side in question is the median over the samples.
 */
export function inputRecipeFor(
  samples: readonly Pick<NewSample, 'width' | 'height' | 'depth' | 'type' | 'high'>[],
): InputRecipe {
  const volumes = samples.some((s) => s.depth > 1);
  const sides = samples.map((s) => Math.min(s.width, s.height, ...(volumes ? [s.depth] : []))).sort((a, b) => a - b);
  const side = (sides[sides.length >> 1] ?? PATCH) * (volumes ? 2 : 3);
  const scales = {
    uint8: 255,
    uint16: 65535,
    int16: 32767,
    float32: samples.reduce((most, s) => Math.max(most, s.high), 0) || 1,
  };
  return {
    imageSize: Math.min(LARGEST, Math.max(PATCH, Math.round(side / PATCH) * PATCH)),
    resize: 'bicubic-antialias',
    letterbox: true,
    normalise: 'imagenet',
    fullScale: scales[samples[0]?.type ?? 'uint8'],
    axes: volumes ? 'three-axes' : 'image',
  };
}
