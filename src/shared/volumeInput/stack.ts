import { axisOf, stepOf } from '@shared/space';
import { cross, dot, subtract, unit } from '@shared/space';
import type { Vec3 } from '@shared/space';
import type { VolumeFacts } from './types';

/** A gap of so many steps or more is missing slices: it stays empty. */
const GAP = 1.95;

/** How places become indices of a stack's voxels: whole at a voxel's centre. */
export interface StackIndex {
  /** Index along the first two axes, and the way along the third one in its own unit (`depthOf` takes it). */
  readonly along: (place: Vec3) => Vec3;
  /** The same of a direction: what a step adds. */
  readonly step: (direction: Vec3) => Vec3;
  /** Slice number at a way along the third axis; NaN outside of the stack and in its gaps. */
  readonly depthOf: (way: number) => number;
  /** Voxels per millimetre along each axis at most: how finely a line must be sampled to miss none. */
  readonly density: (direction: Vec3) => number;
}

/**
 * Exact for sheared stacks (a tilted gantry), and for stacks whose slices do not follow each other evenly: `positions` say where each lies
 * along row × column.
 */
export function stackIndex({ positions, size, ...header }: VolumeFacts): StackIndex {
  const grid = { ...header, size };
  const [a, b] = [stepOf(grid, 0), stepOf(grid, 1)];
  const uneven = positions !== undefined && positions.length === size[2] && size[2] > 1;
  // Of an uneven stack the way is told in millimetres along row × column.
  const line = axisOf(grid, 2);
  const normal = unit(cross(axisOf(grid, 0), axisOf(grid, 1)));
  const c = uneven ? (line.map((v) => v / dot(line, normal)) as unknown as Vec3) : stepOf(grid, 2);
  const volume = dot(a, cross(b, c));
  const inverse = [cross(b, c), cross(c, a), cross(a, b)].map((row) => row.map((v) => v / volume) as unknown as Vec3);
  const step = (direction: Vec3): Vec3 => inverse.map((row) => dot(row, direction)) as unknown as Vec3;
  const finest = uneven ? 1 / smallestGap(positions) : 1;
  return {
    along: (place) => step(subtract(place, grid.origin)),
    step,
    depthOf: uneven
      ? unevenDepth(positions, Math.abs(header.spacing[2] * dot(line, normal)))
      : (way) => insideOf(way, size[2]),
    density: (direction) => {
      const [i, j, k] = step(direction).map(Math.abs) as [number, number, number];
      return Math.max(i, j, k * finest);
    },
  };
}

/** A voxel reaches half a step beyond its centre. */
export const insideOf = (index: number, count: number): number => (index >= -0.5 && index <= count - 0.5 ? index : NaN);

function smallestGap(positions: readonly number[]): number {
  return Math.min(...positions.slice(1).map((at, i) => Math.abs(at - positions[i]!)));
}

/** Slices number themselves by their places, from the first one on; between neighbours in proportion, in a gap not at all. */
function unevenDepth(positions: readonly number[], nominal: number): (way: number) => number {
  const sign = positions.at(-1)! >= positions[0]! ? 1 : -1;
  const at = positions.map((place) => (place - positions[0]!) * sign);
  const last = at.length - 1;
  const half = nominal / 2;
  return (way) => {
    const place = way * sign;
    if (!(place >= -half && place <= at[last]! + half)) return NaN;
    if (place <= 0) return 0;
    if (place >= at[last]!) return last;
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (at[middle]! <= place) low = middle;
      else high = middle;
    }
    const gap = at[high]! - at[low]!;
    if (gap < GAP * nominal) return low + (place - at[low]!) / gap;
    if (place - at[low]! <= half) return low;
    return at[high]! - place <= half ? high : NaN;
  };
}
