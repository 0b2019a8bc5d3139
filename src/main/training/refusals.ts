import { isVolumeEncoder } from '@shared/domain';
import type { InputRecipe, Recipe } from '@shared/domain';
import { UserError } from '@shared/errors';

/** Why a recipe cannot be trained on a project's samples; null where it can. */
export function unfit(recipe: Recipe, { axes }: Pick<InputRecipe, 'axes'>): string | null {
  const { preset, encoder, trainBlocks } = recipe;
  const network = isVolumeEncoder(encoder);
  if (network && preset !== 'full')
    return `the encoder ${encoder} is trained from scratch, with the preset full: ${preset} needs one that is trained already`;
  if (network && trainBlocks !== null)
    return `the last blocks alone are trained of an encoder that is trained already: ${encoder} starts from nothing`;
  if (network && axes === 'image') return `the encoder ${encoder} reads volumes, and these are pictures`;
  if (preset === 'full' && !network && axes !== 'image')
    return 'the preset full trains a 2D encoder on pictures; volumes train with the encoder vit3d or vivit, or with the preset quick on the slices';
  return null;
}

/** @throws UserError run-refused */
export function refuseInput(recipe: Recipe, input: Pick<InputRecipe, 'axes'>): void {
  const reason = unfit(recipe, input);
  if (reason !== null) throw new UserError('run-refused', reason);
}
