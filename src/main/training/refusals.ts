import { isVolumeEncoder, trainsEncoder, trainsOnSlices } from '@shared/domain';
import type { InputRecipe, Recipe } from '@shared/domain';
import { UserError } from '@shared/errors';

/** What reaches into whole pictures of a batch, or into every layer. */
const MIXING = ['mixup', 'cutmix', 'dropPath'] as const;

/** Why a recipe cannot be trained on a project's samples; null where it can. */
export function unfit(recipe: Recipe, { axes }: Pick<InputRecipe, 'axes'>): string | null {
  const { preset, encoder, trainBlocks, augment, crop, erase } = recipe;
  const network = isVolumeEncoder(encoder);
  if (network && !trainsEncoder(preset))
    return `the encoder ${encoder} is trained from scratch, with the preset full or paper-3d: ${preset} needs one that is trained already`;
  if (network && trainBlocks !== null)
    return `the last blocks alone are trained of an encoder that is trained already: ${encoder} starts from nothing`;
  if (network && axes === 'image') return `the encoder ${encoder} reads volumes, and these are pictures`;
  const slices = trainsOnSlices(recipe, axes !== 'image');
  if (trainsEncoder(preset) && !network && axes !== 'image' && !slices)
    return `the preset ${preset} is a recipe for pictures; volumes train with the presets full and paper-3d, or with quick on the slices`;
  const mixed = MIXING.filter((key) => recipe[key] > 0);
  if ((network || slices || trainBlocks !== null) && mixed.length > 0)
    return `${mixed.join(', ')}: only whole encoders of pictures are trained with them`;
  if ((network || slices) && (augment === 'rand' || crop < 1 || erase > 0))
    return 'volumes are changed mildly or not at all: RandAugment, crop and erase are of pictures';
  return null;
}

/** @throws UserError run-refused */
export function refuseInput(recipe: Recipe, input: Pick<InputRecipe, 'axes'>): void {
  const reason = unfit(recipe, input);
  if (reason !== null) throw new UserError('run-refused', reason);
}
