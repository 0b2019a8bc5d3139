import type { InputRecipe, VolumeRecipe } from '@shared/domain';
import type { NewSample } from './types';

const PATCH = 14;
const LARGEST = 224;
/** Slices of volumes are seen so many times as large as their voxels. */
const SLICE_SCALE = 2;

const nearestSize = (side: number): number => Math.min(LARGEST, Math.max(PATCH, Math.round(side / PATCH) * PATCH));

/**
 * What the network sees unless told otherwise (docs/science.md, section 3): the multiple of 14 nearest to three times the short side
 * (volumes: twice), at most 224. The side in question is the median over the samples.
 */
export function inputRecipeFor(
  samples: readonly Pick<NewSample, 'width' | 'height' | 'depth' | 'type' | 'high'>[],
): InputRecipe {
  const volumes = samples.some((s) => s.depth > 1);
  const sides = samples.map((s) => Math.min(s.width, s.height, ...(volumes ? [s.depth] : []))).sort((a, b) => a - b);
  const side = (sides[sides.length >> 1] ?? PATCH) * (volumes ? SLICE_SCALE : 3);
  const scales = {
    uint8: 255,
    uint16: 65535,
    int16: 32767,
    float32: samples.reduce((most, s) => Math.max(most, s.high), 0) || 1,
  };
  return {
    imageSize: nearestSize(side),
    resize: 'bicubic-antialias',
    letterbox: true,
    normalise: 'imagenet',
    fullScale: scales[samples[0]?.type ?? 'uint8'],
    axes: volumes ? 'three-axes' : 'image',
  };
}

/** The input of volumes of studies by their recipe: slices of its grid along all three axes, in [0, 1]. */
export function volumeInput(before: InputRecipe, volume: VolumeRecipe): InputRecipe {
  return {
    ...before,
    imageSize: nearestSize(Math.min(...volume.grid) * SLICE_SCALE),
    fullScale: before.volume ? before.fullScale : 1,
    axes: 'three-axes',
    volume,
  };
}
