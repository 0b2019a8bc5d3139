import { add, cross, dot, length, moved, scale, stepOf, subtract, toWorld, unit } from '../space';
import type { Grid, Vec3 } from '../space';

/**
 * Where the voxels of a mask lie: those of its image, slice by slice as they were taken, so that leaning and uneven stacks are as true as
 * straight ones. LPS millimetres.
 */
export interface MaskGrid {
  readonly size: Vec3;
  /** From voxel to voxel along a row, and down a column. */
  readonly row: Vec3;
  readonly column: Vec3;
  /** Centre of each slice's first voxel. */
  readonly origins: readonly Vec3[];
  /** No voxel reaches farther from its centre, in any direction. */
  readonly reach: number;
}

/**
 * @param grid of the image
 * @param positions of an unevenly spaced stack: each slice's place along row × column, millimetres
 */
export function maskGridOf(grid: Grid, positions?: readonly number[]): MaskGrid {
  const [row, column, step] = [stepOf(grid, 0), stepOf(grid, 1), stepOf(grid, 2)];
  const along = dot(unit(cross(row, column)), unit(step));
  const origins = Array.from({ length: grid.size[2] }, (_, k) =>
    positions ? moved(grid.origin, unit(step), (positions[k]! - positions[0]!) / along) : toWorld(grid, [0, 0, k]),
  );
  const gaps = origins.slice(1).map((origin, k) => length(subtract(origin, origins[k]!)));
  const reach = (length(row) + length(column) + Math.max(0, ...gaps)) / 2 + 1;
  return { size: grid.size, row, column, origins, reach };
}

/** Centre of a voxel. */
export const centreAt = ({ row, column, origins }: MaskGrid, [i, j, k]: Vec3): Vec3 =>
  add(origins[k]!, add(scale(row, i), scale(column, j)));

/** A plane through voxels: a place in it, and its unit normal. */
export interface CutPlane {
  readonly place: Vec3;
  readonly normal: Vec3;
}

/** Shares of a voxel beyond which a plane counts as beside it: what touches a face alone is not cut. */
const TOUCH = 1e-6;

/** How far voxels of a slice reach along a direction from their centres; slices reach halfway to their neighbours. */
export function reachOf(grid: MaskGrid, k: number, along: Vec3): readonly [from: number, to: number] {
  const { row, column, origins } = grid;
  const last = origins.length - 1;
  const gap = (a: number, b: number): number => dot(subtract(origins[b]!, origins[a]!), along) / 2;
  const up = k < last ? gap(k, k + 1) : last > 0 ? gap(last - 1, last) : 0;
  const down = k > 0 ? gap(k - 1, k) : up;
  const side = (Math.abs(dot(row, along)) + Math.abs(dot(column, along))) / 2;
  const [low, high] = [Math.min(up, -down), Math.max(up, -down)];
  // A flat picture has no thickness of its own.
  const thick = last === 0 ? Math.max(1e-3, Math.abs(dot(cross(unit(row), unit(column)), along))) / 2 : 0;
  return [low - side - thick, high + side + thick];
}

/** Of a row of voxels: those that a plane cuts, as first and last index (none where first > last). */
export function cutRow(
  grid: MaskGrid,
  from: Vec3,
  { place, normal }: CutPlane,
  [low, high]: readonly [number, number],
): readonly [number, number] {
  const at = dot(subtract(from, place), normal);
  const slope = dot(grid.row, normal);
  const slack = TOUCH * (high - low);
  // The plane lies inside of a voxel where −offset of its centre is within its reach.
  const [least, most] = [-high + slack, -low - slack];
  const last = grid.size[0] - 1;
  if (Math.abs(slope) < 1e-12) return at >= least && at <= most ? [0, last] : [1, 0];
  const ends = [(least - at) / slope, (most - at) / slope];
  return [Math.max(0, Math.ceil(Math.min(...ends))), Math.min(last, Math.floor(Math.max(...ends)))];
}
