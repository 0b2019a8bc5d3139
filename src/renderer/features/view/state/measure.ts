import { dot, length, moved, subtract, toIndex, toWorld } from '@shared/space';
import type { Vec3 } from '@shared/space';
import { valuesAt } from './loaded';
import type { Loaded } from './loaded';
import type { PlaneState } from './useViewer';

/** Lengths, angles and areas that a person draws in a plane. */
export const MEASURES = ['ruler', 'angle', 'roi'] as const;
export type MeasureKind = (typeof MEASURES)[number];

export interface Measure {
  readonly id: number;
  readonly kind: MeasureKind;
  /** The plane's normal when it was drawn, and its places: two ends; two ends and the corner between; opposite corners of an ellipse. */
  readonly normal: Vec3;
  readonly points: readonly Vec3[];
}

export const pointsOf: Record<MeasureKind, number> = { ruler: 2, angle: 3, roi: 2 };

/** Whether a measure lies in the slice that is shown. */
export function isIn({ plane, slicing }: PlaneState, depth: number, { normal, points }: Measure): boolean {
  const own = Math.abs(dot(plane.normal, normal)) > 1 - 1e-6;
  return own && points.every((point) => Math.abs(dot(point, plane.normal) - depth) <= slicing.step / 2);
}

/** Degrees at the second of three places. */
export function angleOf([a, b, c]: readonly Vec3[]): number {
  const [one, other] = [subtract(a!, b!), subtract(c!, b!)];
  const size = length(one) * length(other);
  return size === 0 ? 0 : (Math.acos(Math.min(1, Math.max(-1, dot(one, other) / size))) * 180) / Math.PI;
}

export interface Statistics {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  /** Of the ellipse itself, square millimetres or pixels. */
  readonly area: number;
}

/** Every voxel looked at is one; a larger area is looked at in steps. */
const MOST = 400_000;

/** Stored voxels whose middles lie in an ellipse of a slice; values after rescale, of RGB the first. Null where none does. */
export function statisticsOf(loaded: Loaded, { plane }: PlaneState, [one, other]: readonly Vec3[]): Statistics | null {
  const middle = moved(one!, subtract(other!, one!), 0.5);
  const half = (along: Vec3): number => Math.abs(dot(subtract(other!, one!), along)) / 2;
  const [across, down] = [half(plane.right), half(plane.down)];
  if (across === 0 || down === 0) return null;
  const { grid } = loaded.voxels;
  const step = Math.min(...grid.spacing);
  const stride = Math.max(step, Math.sqrt((4 * across * down) / MOST));
  const seen = new Set<number>();
  let [sum, squares, min, max] = [0, 0, Infinity, -Infinity];
  for (let y = -down; y <= down; y += stride / 2) {
    for (let x = -across; x <= across; x += stride / 2) {
      const place = moved(moved(middle, plane.right, x), plane.down, y);
      const [i, j, k] = toIndex(grid, place).map((at) => Math.floor(at + 0.5)) as [number, number, number];
      if (i < 0 || j < 0 || k < 0 || i >= grid.size[0] || j >= grid.size[1] || k >= grid.size[2]) continue;
      const id = (k * grid.size[1] + j) * grid.size[0] + i;
      const from = subtract(toWorld(grid, [i, j, k]), middle);
      const inside = (dot(from, plane.right) / across) ** 2 + (dot(from, plane.down) / down) ** 2 <= 1;
      if (!inside || seen.has(id)) continue;
      seen.add(id);
      const value = valuesAt(loaded, [i, j, k])?.[0];
      if (value === undefined) continue;
      sum += value;
      squares += value * value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  const count = seen.size;
  if (count === 0) return null;
  const mean = sum / count;
  // Of the population of voxels in the area, as viewers report it.
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  return { count, mean, deviation, min, max, area: Math.PI * across * down };
}
