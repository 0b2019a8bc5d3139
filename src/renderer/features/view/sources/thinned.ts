import { toWorld } from '@shared/space';
import type { PixelArray } from '@shared/pixels';
import type { Grid, Vec3 } from '@shared/space';
import type { VolumeSource } from './types';

/** First of the voxels that are taken along an axis: the middle one of a stride. */
const firstOf = (stride: number, size: number): number => Math.min(Math.floor(stride / 2), size - 1);
const countOf = (stride: number, size: number): number => Math.ceil((size - firstOf(stride, size)) / stride);

/** The grid of every n-th voxel: each stays where it was. */
export function thinnedGrid(grid: Grid, by: Vec3): Grid {
  const first = by.map((n, axis) => firstOf(n, grid.size[axis]!)) as unknown as Vec3;
  return {
    size: by.map((n, axis) => countOf(n, grid.size[axis]!)) as unknown as Vec3,
    spacing: grid.spacing.map((mm, axis) => mm * by[axis]!) as unknown as Vec3,
    origin: toWorld(grid, first),
    direction: grid.direction,
  };
}

/**
 * A volume of which every n-th voxel along each axis is shown: values as they are in the files, none mixed, at their places. What is left out takes no
 * memory.
 */
export function thinned(source: VolumeSource, by: Vec3): VolumeSource {
  const { grid: full, components } = source;
  const grid = thinnedGrid(full, by);
  const firsts = by.map((n, axis) => firstOf(n, full.size[axis]!)) as unknown as Vec3;

  function thin(values: PixelArray, slice: number): PixelArray {
    const [width, height] = grid.size;
    const out = values.slice(0, width * height * components);
    for (let y = 0, to = 0; y < height; y += 1) {
      const row = (slice * full.size[1] + firsts[1] + y * by[1]) * full.size[0];
      for (let x = 0; x < width; x += 1) {
        const from = (row + firsts[0] + x * by[0]) * components;
        for (let c = 0; c < components; c += 1, to += 1) out[to] = values[from + c]!;
      }
    }
    return out;
  }
  return {
    ...source,
    id: `${source.id} by ${by.join(' ')}`,
    grid,
    thinned: { by, size: full.size },
    read: (signal, arrived) =>
      source.read(signal, (from, values) => {
        const inSlice = full.size[0] * full.size[1] * components;
        for (let i = 0; i < values.length / inSlice; i += 1) {
          const at = from + i - firsts[2];
          if (at >= 0 && at % by[2] === 0) arrived(at / by[2], thin(values, i));
        }
      }),
  };
}
