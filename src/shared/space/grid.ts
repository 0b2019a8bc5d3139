import { cross, dot, length, moved, scale, subtract } from './vectors';
import type { Vec3 } from './vectors';

/** Where voxels lie, as `VolumeGeometry` says it: LPS millimetres, direction row-major with the axes as its columns. */
export interface Grid {
  readonly size: Vec3;
  readonly spacing: Vec3;
  readonly origin: Vec3;
  readonly direction: readonly number[];
}

/** A grid about which nothing is known but its size: one unit from voxel to voxel. */
export const plainGrid = (size: Vec3): Grid => ({
  size,
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});

/** Unit vector along an axis of the grid. */
export function axisOf({ direction: d }: Grid, axis: number): Vec3 {
  return [d[axis]!, d[3 + axis]!, d[6 + axis]!];
}
/** From one voxel to the next along an axis. */
export const stepOf = (grid: Grid, axis: number): Vec3 => scale(axisOf(grid, axis), grid.spacing[axis]!);

/** Index (whole at a voxel's centre) → place. */
export function toWorld(grid: Grid, [i, j, k]: Vec3): Vec3 {
  return moved(moved(moved(grid.origin, stepOf(grid, 0), i), stepOf(grid, 1), j), stepOf(grid, 2), k);
}

/** Place → index, exact for sheared grids too (Cramer's rule). */
export function toIndex(grid: Grid, world: Vec3): Vec3 {
  const [a, b, c] = [stepOf(grid, 0), stepOf(grid, 1), stepOf(grid, 2)];
  const at = subtract(world, grid.origin);
  const volume = dot(a, cross(b, c));
  return [dot(at, cross(b, c)) / volume, dot(at, cross(c, a)) / volume, dot(at, cross(a, b)) / volume];
}

/** The voxel in which a place lies, or null outside. */
export function voxelAt(grid: Grid, world: Vec3): Vec3 | null {
  // Halves go up everywhere, as in the textures of a GPU.
  const [i, j, k] = toIndex(grid, world).map((at) => Math.floor(at + 0.5)) as [number, number, number];
  const inside = i >= 0 && j >= 0 && k >= 0 && i < grid.size[0] && j < grid.size[1] && k < grid.size[2];
  return inside ? [i, j, k] : null;
}

/** Middle of the grid. */
export const centreOf = (grid: Grid): Vec3 => toWorld(grid, grid.size.map((n) => (n - 1) / 2) as unknown as Vec3);

/** Outer corners: voxels reach half a step beyond their centres. */
export function cornersOf(grid: Grid): Vec3[] {
  const ends = (axis: number): [number, number] => [-0.5, grid.size[axis]! - 0.5];
  return ends(0).flatMap((i) => ends(1).flatMap((j) => ends(2).map((k) => toWorld(grid, [i, j, k]))));
}

/** Least and greatest place of the grid along a direction. */
export function extentAlong(grid: Grid, along: Vec3): readonly [number, number] {
  const places = cornersOf(grid).map((corner) => dot(corner, along));
  return [Math.min(...places), Math.max(...places)];
}

/** Degrees by which the third axis leans away from row × column: a tilted gantry; 0 for a straight grid. */
export function leanOf(grid: Grid): number {
  const normal = cross(axisOf(grid, 0), axisOf(grid, 1));
  const along = Math.abs(dot(normal, axisOf(grid, 2))) / (length(normal) || 1);
  return (Math.acos(Math.min(1, along)) * 180) / Math.PI;
}

/** A leaning grid with its third axis along row × column, and the step (millimetres) that leads from slice to slice. */
export function straightened({ spacing, direction: d, ...grid }: Grid): {
  spacing: [number, number, number];
  direction: number[];
  step: [number, number, number];
} {
  const step = stepOf({ ...grid, spacing, direction: d }, 2);
  const normal = cross([d[0]!, d[3]!, d[6]!], [d[1]!, d[4]!, d[7]!]);
  const unit = scale(normal, 1 / (length(normal) || 1));
  return {
    spacing: [spacing[0], spacing[1], Math.abs(dot(step, unit))],
    direction: [d[0]!, d[1]!, unit[0], d[3]!, d[4]!, unit[1], d[6]!, d[7]!, unit[2]],
    step: [step[0], step[1], step[2]],
  };
}

/** Degrees by which the nearest of a grid's axes and the patient's differ at most: 0 for a straight grid. */
export function obliquenessOf(grid: Grid): number {
  const most = [0, 1, 2].map((axis) => Math.max(...axisOf(grid, axis).map(Math.abs)));
  return (Math.acos(Math.min(1, ...most)) * 180) / Math.PI;
}
