import type { VolumeGeometry, VolumeNote } from '@shared/domain';

export type Vector = readonly [number, number, number];

/** Voxel index → place: axis vectors (millimetres a voxel) and the place of voxel 0. */
export interface Affine {
  readonly axes: readonly [Vector, Vector, Vector];
  readonly origin: Vector;
}

/** LPS from RAS, or back: the first two coordinates change sign. */
export const flipXY = ([x, y, z]: Vector): Vector => [0 - x, 0 - y, z]; // 0 - x: no negative zeros

export const flipAffine = ({ axes: [a, b, c], origin }: Affine): Affine => ({
  axes: [flipXY(a), flipXY(b), flipXY(c)],
  origin: flipXY(origin),
});

export const scaled = ([x, y, z]: Vector, by: number): Vector => [x * by, y * by, z * by];
export const length = ([x, y, z]: Vector): number => Math.hypot(x, y, z);
export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** A unit vector is this far from a right angle before it is said. Headers keep 6 to 7 digits. [degrees] */
const RIGHT_ENOUGH = 0.05;
const LARGEST = 1e9;

/** Whether the axes span a volume of finite, sane size. */
export function spansVolume({ axes, origin }: Affine): boolean {
  const numbers = [...axes.flat(), ...origin];
  if (!numbers.every((n) => Number.isFinite(n) && Math.abs(n) < LARGEST)) return false;
  const [a, b, c] = axes;
  const volume = Math.abs(dot(cross(a, b), c));
  return volume > 1e-6 * length(a) * length(b) * length(c);
}

/** @param affine in LPS millimetres, spanning a volume */
export function geometryOf(affine: Affine, size: Vector): VolumeGeometry {
  const spacing = affine.axes.map(length) as unknown as Vector;
  const [a, b, c] = affine.axes.map((axis, i) => scaled(axis, 1 / spacing[i]!)) as [Vector, Vector, Vector];
  return {
    size: [...size],
    spacing: [...spacing],
    origin: [...affine.origin],
    direction: [a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]],
  };
}

/** Column `axis` of the direction, times its spacing. */
export function axisOf({ direction: d, spacing }: VolumeGeometry, axis: 0 | 1 | 2): Vector {
  return scaled([d[axis]!, d[3 + axis]!, d[6 + axis]!], spacing[axis]);
}

export const affineOf = (geometry: VolumeGeometry): Affine => ({
  axes: [axisOf(geometry, 0), axisOf(geometry, 1), axisOf(geometry, 2)],
  origin: geometry.origin,
});

/** Says so where two axes are not at right angles. */
export function shearNotes({ axes: [a, b, c] }: Affine): VolumeNote[] {
  const off = ([p, q]: readonly [Vector, Vector]): number =>
    Math.abs((Math.asin(Math.max(-1, Math.min(1, dot(p, q) / (length(p) * length(q))))) * 180) / Math.PI);
  const most = Math.max(
    ...(
      [
        [a, b],
        [a, c],
        [b, c],
      ] as const
    ).map(off),
  );
  return most > RIGHT_ENOUGH ? [{ code: 'sheared', values: { degrees: Number(most.toFixed(1)) } }] : [];
}

/** Voxels without any geometry: a grid of unit steps along left, posterior, superior. */
export const unitAffine = (spacing: Vector = [1, 1, 1], origin: Vector = [0, 0, 0]): Affine => ({
  axes: [
    [spacing[0], 0, 0],
    [0, spacing[1], 0],
    [0, 0, spacing[2]],
  ],
  origin,
});
