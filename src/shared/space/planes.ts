import { axisOf, extentAlong, leanOf, toWorld } from './grid';
import type { Grid } from './grid';
import { cross, dot, length, moved, scale, turned, unit } from './vectors';
import type { Vec3 } from './vectors';

/** The three planes that are shown together. Of a volume whose place in the patient is unknown: slices, rows and columns. */
export const PLANES = ['axial', 'sagittal', 'coronal'] as const;
export type PlaneName = (typeof PLANES)[number];

/** How a plane lies on the screen: unit directions to the right, downwards, and away from the reader or towards them (slices go up along it). */
export interface Plane {
  readonly right: Vec3;
  readonly down: Vec3;
  readonly normal: Vec3;
}

/** Three directions at right angles along which a volume is cut; roughly to the left, to the back and to the head. */
export type Frame = readonly [Vec3, Vec3, Vec3];

export const PATIENT_FRAME: Frame = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** Row, column and their normal, at right angles: the acquired plane lies in it whole, whatever the stack leans. */
function ownAxes(grid: Grid): Frame {
  const row = unit(axisOf(grid, 0));
  const normal = unit(cross(row, axisOf(grid, 1)));
  return [row, cross(normal, row), normal];
}

/** Which of a grid's axes runs nearest along each of a frame's directions. */
export function axesAlong(grid: Grid, frame: Frame): readonly [number, number, number] {
  const own = ownAxes(grid);
  const fit = (order: readonly number[]): number =>
    frame.reduce((sum, direction, i) => sum + Math.abs(dot(direction, own[order[i]!]!)), 0);
  return ORDERS.reduce((best, order) => (fit(order) > fit(best) + 1e-9 ? order : best), ORDERS[0]);
}

/**
 * The directions in which the volume was taken, each turned to its nearest patient direction: along them slices of the acquired plane
 * are shown untouched.
 * @param oriented false: nothing is known of the patient, and axes stand as stored
 */
export function acquiredFrame(grid: Grid, oriented: boolean): Frame {
  const own = ownAxes(grid);
  const third = dot(own[2], axisOf(grid, 2)) < 0 ? scale(own[2], -1) : own[2];
  if (!oriented) return [own[0], own[1], third];
  const order = axesAlong(grid, PATIENT_FRAME);
  return PATIENT_FRAME.map((direction, i) => {
    const axis = own[order[i]!]!;
    return dot(axis, direction) < 0 ? scale(axis, -1) : axis;
  }) as unknown as Frame;
}

/** A plane of a frame as radiologists hang it: the patient's left at the right, the head up, the face to the left. */
export function planeOf([left, back, head]: Frame, name: PlaneName, oriented: boolean): Plane {
  const up = oriented ? scale(head, -1) : head;
  if (name === 'axial') return { right: left, down: back, normal: head };
  return name === 'coronal' ? { right: left, down: up, normal: back } : { right: back, down: up, normal: left };
}

/** The plane as it lies on the screen, turned in itself by an angle from right to down where its normal points away. */
export const rolled = ({ right, down, normal }: Plane, angle: number): Plane => ({
  right: turned(right, normal, angle),
  down: turned(down, normal, angle),
  normal,
});

/** The frame turned about one of its planes' normals; what lay at right angles still does. */
export const turnedFrame = (frame: Frame, axis: Vec3, angle: number): Frame =>
  frame.map((direction) => unit(turned(direction, axis, angle))) as unknown as Frame;

/** How slices of a plane follow each other through a volume. */
export interface Slicing {
  /** Place of the first slice's near face along the normal, and millimetres from slice to slice. */
  readonly from: number;
  readonly step: number;
  readonly count: number;
  /** Axis of the grid that runs along the normal, and whether its index falls where the normal goes. */
  readonly axis: number;
  readonly reversed: boolean;
  /** The plane is one that was taken: its voxels lie in it, and are shown as they are. */
  readonly acquired: boolean;
}

/** Two directions are one, or opposite. */
const along = (a: Vec3, b: Vec3): boolean => Math.abs(dot(a, b)) > 1 - 1e-7;

export function slicingOf(grid: Grid, { normal }: Plane): Slicing {
  const own = ownAxes(grid);
  const axis = [0, 1, 2].reduce((best, i) =>
    Math.abs(dot(own[i]!, normal)) > Math.abs(dot(own[best]!, normal)) + 1e-9 ? i : best,
  );
  const straight = leanOf(grid) < 0.01;
  const exact = along(own[axis]!, normal);
  const step = exact
    ? grid.spacing[axis]! * Math.abs(dot(axisOf(grid, axis), own[axis]!))
    : 1 / length([0, 1, 2].map((i) => dot(own[i]!, normal) / grid.spacing[i]!) as unknown as Vec3);
  const [from, to] = extentAlong(grid, normal);
  return {
    from,
    step,
    count: Math.max(1, Math.round((to - from) / step)),
    axis,
    reversed: dot(axisOf(grid, axis), normal) < 0,
    acquired: exact && (straight || axis === 2),
  };
}

/** Number of the slice at a place, from 0, as stored. */
export function sliceAt(slicing: Slicing, normal: Vec3, place: Vec3): number {
  const at = Math.floor((dot(place, normal) - slicing.from) / slicing.step + 1e-6);
  const inside = Math.min(slicing.count - 1, Math.max(0, at));
  return slicing.reversed ? slicing.count - 1 - inside : inside;
}

/** The place moved along the normal into the middle of a slice. */
export function placeAtSlice(slicing: Slicing, normal: Vec3, place: Vec3, slice: number): Vec3 {
  const inside = Math.min(slicing.count - 1, Math.max(0, Math.round(slice)));
  const at = slicing.reversed ? slicing.count - 1 - inside : inside;
  return moved(place, normal, slicing.from + (at + 0.5) * slicing.step - dot(place, normal));
}

/** A place held inside the volume along a plane's normal: in the middle of a slice where the plane was taken. */
export function heldInside(slicing: Slicing, normal: Vec3, place: Vec3): Vec3 {
  if (slicing.acquired) return placeAtSlice(slicing, normal, place, sliceAt(slicing, normal, place));
  const [near, far] = [slicing.from + 0.5 * slicing.step, slicing.from + (slicing.count - 0.5) * slicing.step];
  const depth = dot(place, normal);
  return moved(place, normal, Math.min(far, Math.max(near, depth)) - depth);
}

/** Where a case opens: the middle voxel. */
export function middleOf(grid: Grid): Vec3 {
  const [x, y, z] = grid.size;
  return toWorld(grid, [Math.floor(x / 2), Math.floor(y / 2), Math.floor(z / 2)]);
}
