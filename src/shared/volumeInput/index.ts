import type { VolumeBox, VolumeRecipe } from '@shared/domain';
import { mapped, rangesOf, type Ranges } from './intensity';
import { placed, resampling } from './resample';
import type { InputVolume, Voxels } from './types';

/** How a volume, or a box in one, becomes what a network sees: the input recipe, in pure functions (docs/method.md). */
export { boxAround } from './around';
export { CT_WINDOWS, defaultVolumeRecipe } from './defaults';
export { rangesOf, type Ranges } from './intensity';
export { gridOf, placed } from './resample';
export type { InputVolume, VolumeFacts, Voxels } from './types';

/**
 * @param box null: the whole volume, its middle in the middle of the grid
 * @param ranges `rangesOf` the volume, where it is known already
 * @yields now and then: it takes a second or two of a large volume
 * @throws UserError as `rangesOf`
 */
export function* inputVolume(
  volume: Voxels,
  box: VolumeBox | null,
  recipe: VolumeRecipe,
  ranges: Ranges = rangesOf(volume, recipe.intensity),
): Generator<void, InputVolume> {
  const [width, height, depth] = recipe.grid;
  const values = yield* resampling(volume, placed(volume.header, box, recipe), ranges.fill);
  const channels = volume.header.components === 3 || ranges.ranges.length === 3 ? 3 : 1;
  return { width, height, depth, channels, data: mapped(values, ranges) };
}

/** Runs something that pauses from its beginning to its end. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
