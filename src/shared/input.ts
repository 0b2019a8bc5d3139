import type { InputRecipe } from './domain';

/** Side of the shipped encoder's square patches in pixels: image sizes are multiples of it. */
export const PATCH = 14;
/** The largest side that the input recipe asks for by itself. */
export const LARGEST_INPUT = 224;

/**
 * Side of the network's square input: the multiple of 14 nearest to three times the short side (volumes: to twice it), at
 * most 224 (SCIENCE section 3: 28 → 84, 28³ → 56).
 * @param shortSide the shortest side of the images in pixels
 */
export function inputSize(shortSide: number, dimensions: '2d' | '3d'): number {
  const wanted = (dimensions === '2d' ? 3 : 2) * shortSide;
  return Math.min(LARGEST_INPUT, Math.max(PATCH, PATCH * Math.round(wanted / PATCH)));
}

/** The recipe of a project's input, fixed when it is imported. @param fullScale 255 for bytes, 65535 for 16 bits */
export function inputRecipeFor(o: { shortSide: number; dimensions: '2d' | '3d'; fullScale: number }): InputRecipe {
  return {
    imageSize: inputSize(o.shortSide, o.dimensions),
    resize: 'bicubic-antialias',
    letterbox: true,
    normalise: 'imagenet',
    fullScale: o.fullScale,
    axes: o.dimensions === '2d' ? 'image' : 'three-axes',
  };
}
