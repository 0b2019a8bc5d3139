import type { Box, MaskMap } from '@shared/mask';
import type { Grid } from '@shared/space';
import type { Voxels } from '@renderer/vtk';
import type { Places } from '../sources/places';

/**
 * A mask as it is drawn. Slices that were taken are what is edited; where a view stands on a finer grid than they (an uneven stack), each
 * is shown on all that show its image.
 */
export class MaskVoxels {
  readonly voxels: Voxels;
  readonly #at: Places['at'] | null;

  constructor(
    readonly map: MaskMap,
    grid: Grid,
    places: Places['at'] | null,
  ) {
    this.#at = places;
    const data = places ? new Uint8Array(grid.size[0] * grid.size[1] * grid.size[2]) : map.data;
    this.voxels = { grid, components: 1, data, slope: 1, intercept: 0 };
    const [width, height, depth] = map.size;
    if (places) this.shown({ from: [0, 0, 0], to: [width - 1, height - 1, depth - 1] });
  }

  /** A part of the map was written. @returns what of the drawn voxels changed with it */
  shown({ from, to }: Box): Box {
    const at = this.#at;
    if (!at) return { from, to };
    const slice = this.map.size[0] * this.map.size[1];
    for (let k = from[2]; k <= to[2]; k += 1) {
      const own = this.map.data.subarray(k * slice, (k + 1) * slice);
      const [first, last] = at[k]!;
      for (let i = first; i <= last; i += 1) this.voxels.data.set(own, i * slice);
    }
    const ends = [at[from[2]]!, at[to[2]]!].flat();
    return { from: [from[0], from[1], Math.min(...ends)], to: [to[0], to[1], Math.max(...ends)] };
  }

  /** Index in the view's voxels that a voxel of the map is seen at. */
  seenAt(voxel: number): number {
    if (!this.#at) return voxel;
    const slice = this.map.size[0] * this.map.size[1];
    const k = Math.floor(voxel / slice);
    return this.#at[k]![0] * slice + (voxel - k * slice);
  }
}
