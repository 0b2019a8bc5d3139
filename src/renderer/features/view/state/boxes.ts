import type { VolumeBox } from '@shared/domain';
import { dot, moved, PATIENT_FRAME, scale, subtract, unit } from '@shared/space';
import type { Plane, Vec3 } from '@shared/space';

/** Boxes in planes: where a plane cuts them, and what a hand does to them. Pure functions of LPS millimetres. */

/** Millimetres that a box has along each axis at least. */
export const LEAST_SIZE = 1;
/** The part of an axis that lies in a plane, from which on its faces are taken hold of there. */
const IN_PLANE = 0.5;

/** Unit vectors of a box's axes. */
export const axesOf = ({ axes: m }: Pick<VolumeBox, 'axes'>): readonly [Vec3, Vec3, Vec3] => [
  [m[0]!, m[3]!, m[6]!],
  [m[1]!, m[4]!, m[7]!],
  [m[2]!, m[5]!, m[8]!],
];

/** Row-major matrix with these columns. */
const matrixOf = ([a, b, c]: readonly [Vec3, Vec3, Vec3]): number[] => [
  a[0],
  b[0],
  c[0],
  a[1],
  b[1],
  c[1],
  a[2],
  b[2],
  c[2],
];

/** A place of a box by shares of its half sizes along its own axes. */
export function placeIn(box: VolumeBox, shares: Vec3): Vec3 {
  return axesOf(box).reduce<Vec3>((at, axis, i) => moved(at, axis, (shares[i]! * box.size[i]!) / 2), box.centre);
}

const ENDS = [-1, 1] as const;
/** Eight corners; corner i has the signs of i's bits along the three axes. */
export const cornersOfBox = (box: VolumeBox): Vec3[] =>
  Array.from({ length: 8 }, (_, i) => placeIn(box, [ENDS[i & 1]!, ENDS[(i >> 1) & 1]!, ENDS[(i >> 2) & 1]!]));

/** Pairs of corners between which the twelve edges run. */
export const EDGES: readonly (readonly [number, number])[] = [0, 1, 2].flatMap((axis) =>
  [0, 1, 2, 3, 4, 5, 6, 7].flatMap((corner): [number, number][] =>
    (corner >> axis) & 1 ? [] : [[corner, corner | (1 << axis)]],
  ),
);

/** The polygon in which a plane cuts a box, in order around its middle; empty where they do not meet. */
export function sectionOf(box: VolumeBox, { right, down, normal }: Plane, depth: number): Vec3[] {
  const corners = cornersOfBox(box);
  const heights = corners.map((corner) => dot(corner, normal) - depth);
  const met = EDGES.flatMap(([a, b]): Vec3[] => {
    const [from, to] = [heights[a]!, heights[b]!];
    if (from > 0 === to > 0) return [];
    return [moved(corners[a]!, subtract(corners[b]!, corners[a]!), from / (from - to))];
  });
  const middle = scale(
    met.reduce<Vec3>((sum, at) => moved(sum, at, 1), [0, 0, 0]),
    1 / (met.length || 1),
  );
  const angle = (at: Vec3): number => Math.atan2(dot(subtract(at, middle), down), dot(subtract(at, middle), right));
  return met.sort((a, b) => angle(a) - angle(b));
}

/** Faces that are taken hold of together: by their axes, each at one end. */
export interface Handle {
  readonly ends: readonly { readonly axis: 0 | 1 | 2; readonly end: -1 | 1 }[];
  readonly at: Vec3;
}

/** Where a box is taken hold of in a plane that cuts it: the middles of its sides, and its corners. */
export function handlesOf(box: VolumeBox, plane: Plane, depth: number): Handle[] {
  if (sectionOf(box, plane, depth).length === 0) return [];
  const axes = axesOf(box);
  const along = ([0, 1, 2] as const).filter((axis) => Math.abs(dot(axes[axis], plane.normal)) < 1 - IN_PLANE ** 2);
  const onto = (place: Vec3): Vec3 => moved(place, plane.normal, depth - dot(place, plane.normal));
  const handle = (ends: Handle['ends']): Handle => {
    const shares: [number, number, number] = [0, 0, 0];
    for (const { axis, end } of ends) shares[axis] = end;
    return { ends, at: onto(placeIn(box, shares)) };
  };
  const sides = along.flatMap((axis) => ENDS.map((end) => handle([{ axis, end }])));
  const [first, second] = along;
  if (first === undefined || second === undefined || along.length > 2) return sides;
  const corners = ENDS.flatMap((a) =>
    ENDS.map((b) =>
      handle([
        { axis: first, end: a },
        { axis: second, end: b },
      ]),
    ),
  );
  return [...corners, ...sides];
}

/** The box with some of its faces moved along; the opposite ones stay where they are. */
export function resizedBox(box: VolumeBox, { ends }: Pick<Handle, 'ends'>, by: Vec3): VolumeBox {
  const axes = axesOf(box);
  const size: [number, number, number] = [...box.size];
  let centre: Vec3 = box.centre;
  for (const { axis, end } of ends) {
    const next = Math.max(LEAST_SIZE, box.size[axis]! + end * dot(by, axes[axis]));
    centre = moved(centre, axes[axis], (end * (next - box.size[axis]!)) / 2);
    size[axis] = next;
  }
  return rounded({ ...box, centre: [...centre], size });
}

export const movedBox = (box: VolumeBox, by: Vec3): VolumeBox =>
  rounded({ ...box, centre: [...moved(box.centre, by, 1)] });

/** Whether a place lies in a box; `room` millimetres beyond it count too. */
export const isInBox = (box: VolumeBox, place: Vec3, room = 0): boolean =>
  axesOf(box).every((axis, i) => Math.abs(dot(axis, subtract(place, box.centre))) <= box.size[i]! / 2 + room);

/** Directions of a plane as the axes of a box, each the one nearest to the patient's left, back or head, and towards it. */
function axesAlongPlane({ right, down, normal }: Plane): readonly [Vec3, Vec3, Vec3] {
  const own = [unit(right), unit(down), unit(normal)];
  const left: Vec3[] = [...own];
  return PATIENT_FRAME.map((direction) => {
    const best = left.reduce((a, b) => (Math.abs(dot(b, direction)) > Math.abs(dot(a, direction)) + 1e-9 ? b : a));
    left.splice(left.indexOf(best), 1);
    return dot(best, direction) < 0 ? scale(best, -1) : best;
  }) as unknown as readonly [Vec3, Vec3, Vec3];
}

/**
 * The box that is drawn from one place of a plane to another: as deep as it is wide on average, its middle in the plane.
 * @param depth millimetres through the plane; null: by what was drawn
 */
export function drawnBox(plane: Plane, from: Vec3, to: Vec3, depth: number | null = null): VolumeBox {
  const axes = axesAlongPlane(plane);
  const span = subtract(to, from);
  const extents = axes.map((axis) => Math.abs(dot(span, axis)));
  const through = axes.reduce(
    (most, axis, i) => (Math.abs(dot(axis, plane.normal)) > Math.abs(dot(axes[most]!, plane.normal)) ? i : most),
    0,
  );
  const others = extents.filter((_, i) => i !== through);
  extents[through] = depth ?? (others[0]! + others[1]!) / 2;
  const size = extents.map((extent) => Math.max(LEAST_SIZE, extent)) as [number, number, number];
  return rounded({ centre: [...moved(from, span, 0.5)], size, axes: matrixOf(axes) });
}

/** Hundredths of a millimetre are finer than any voxel: what is typed and what is drawn look alike. */
function rounded({ centre, size, axes }: VolumeBox): VolumeBox {
  const round = (value: number): number => Math.round(value * 100) / 100;
  const three = ([x, y, z]: readonly [number, number, number]): [number, number, number] => [
    round(x),
    round(y),
    round(z),
  ];
  return { centre: three(centre), size: three(size), axes };
}

/** What of a box the network does not see, because its grid is smaller: millimetres along each axis; null: it sees all. */
export function beyondGrid({ size }: VolumeBox, grid: Vec3, spacing: Vec3): Vec3 | null {
  const beyond = size.map((mm, i) => Math.max(0, mm - grid[i]! * spacing[i]!)) as unknown as Vec3;
  return beyond.some((mm) => mm > 0.05) ? beyond : null;
}
