import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';

/** One plane as the network sees it, before normalising: RGB bytes, S × S (depth: the planes of a volume's first axis). */
export function inputImage(frame: Frame, recipe: InputRecipe): Frame {
  throw new Error(`${frame.key} ${recipe.imageSize}`);
}

/** All planes as the network eats them. @returns [planes, S, S, 3] */
export function normalisedInput(frame: Frame, recipe: InputRecipe): Float32Array {
  throw new Error(`${frame.key} ${recipe.imageSize}`);
}
