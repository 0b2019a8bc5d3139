import { cross, dot, length, scale, subtract, unit } from '../space';
import type { Vec3 } from '../space';
import { signedDistance } from './distance';
import type { MaskEdit, MaskMap } from './edit';
import type { MaskGrid } from './grid';

/** Slices that were filled, and gaps whose outlines do not overlap, so that nothing lies between them. */
export interface Interpolated {
  readonly slices: number;
  readonly apart: number;
}

/** A slice of the map across one of its axes: how its pixels lie in the data, in millimetres, and along the axis. */
interface Layout {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly index: (slice: number, x: number, y: number) => number;
  readonly voxel: (slice: number, x: number, y: number) => Vec3;
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  /** Place of each slice along the axis. */
  readonly at: Float64Array;
  /** Pixels by which each slice's first one lies beside that of the first slice: a tilted gantry. */
  readonly aside: readonly (readonly [x: number, y: number])[];
}

/**
 * Fills slices between those where a segment is drawn: the signed distance to its outline changes evenly from one to the next, and the
 * shape is where it is positive (Raya and Udupa 1990, "Shape-based interpolation of multidimensional objects"). Only what belongs to no
 * segment is written.
 * @param axis of the map along which slices follow each other; across a leaning stack only 2 is true
 */
export function interpolate(edit: MaskEdit, grid: MaskGrid, index: number, axis: 0 | 1 | 2): Interpolated {
  const layout = layoutOf(grid, axis);
  const drawn = drawnSlices(edit.map, index, axis);
  let [slices, apart] = [0, 0];
  for (let n = 1; n < drawn.length; n += 1) {
    const [from, to] = [drawn[n - 1]!, drawn[n]!];
    if (to - from < 2) continue;
    const filled = bridge(edit, layout, index, from, to);
    slices += filled;
    if (filled === 0) apart += 1;
  }
  return { slices, apart };
}

function layoutOf({ size, row, column, origins }: MaskGrid, axis: 0 | 1 | 2): Layout {
  const [width, height, depth] = size;
  const normal = unit(cross(row, column));
  const even = (count: number, step: Vec3): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => i * length(step));
  const from = dot(origins[0]!, normal);
  const places = Float64Array.from(origins, (origin) => Math.abs(dot(origin, normal) - from));
  const voxelOf = (i: number, j: number, k: number): number => (k * height + j) * width + i;
  const straight = (count: number): Layout['aside'] => Array.from({ length: count }, () => [0, 0] as const);
  if (axis === 0)
    return {
      ...{ count: width, width: height, height: depth, at: even(width, row), xs: even(height, column), ys: places },
      index: (i, j, k) => voxelOf(i, j, k),
      voxel: (i, j, k) => [i, j, k],
      aside: straight(width),
    };
  if (axis === 1)
    return {
      ...{ count: height, width, height: depth, at: even(height, column), xs: even(width, row), ys: places },
      index: (j, i, k) => voxelOf(i, j, k),
      voxel: (j, i, k) => [i, j, k],
      aside: straight(height),
    };
  const pixels = (along: Vec3, way: Vec3): number => {
    const by = dot(way, along) / dot(along, along);
    return Math.abs(by) < 1e-6 ? 0 : by;
  };
  return {
    ...{ count: depth, width, height, at: places, xs: even(width, row), ys: even(height, column) },
    index: (k, i, j) => voxelOf(i, j, k),
    voxel: (k, i, j) => [i, j, k],
    aside: origins.map((origin) => {
      const way = subtract(origin, origins[0]!);
      const flat = subtract(way, scale(normal, dot(way, normal)));
      return [pixels(row, flat), pixels(column, flat)] as const;
    }),
  };
}

/** Slices in which a segment has voxels, ascending. */
function drawnSlices({ data, size }: MaskMap, index: number, axis: 0 | 1 | 2): number[] {
  const [width, height] = size;
  const found = new Set<number>();
  for (let at = data.indexOf(index); at >= 0; at = data.indexOf(index, at + 1)) {
    if (axis === 0) found.add(at % width);
    else if (axis === 1) found.add(Math.floor(at / width) % height);
    else {
      const k = Math.floor(at / (width * height));
      found.add(k);
      at = (k + 1) * width * height - 1;
    }
  }
  return [...found].sort((a, b) => a - b);
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
function boundsOf(data: Uint8Array, { width, height, index: at }: Layout, index: number, slice: number): Bounds | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      if (data[at(slice, x, y)] !== index) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  return right < 0 ? null : { left, top, right, bottom };
}

/** Fills from one drawn slice to the next. @returns slices into which something came */
function bridge(edit: MaskEdit, layout: Layout, index: number, from: number, to: number): number {
  const { data } = edit.map;
  const a = boundsOf(data, layout, index, from)!;
  const b = boundsOf(data, layout, index, to)!;
  const [ax, ay] = layout.aside[from]!;
  const [bx, by] = layout.aside[to]!;
  // Outside of both shapes nothing is ever inside; a border of one pixel has distances beyond.
  const area = {
    left: Math.floor(Math.min(a.left, b.left + bx - ax)) - 1,
    top: Math.floor(Math.min(a.top, b.top + by - ay)) - 1,
    right: Math.ceil(Math.max(a.right, b.right + bx - ax)) + 1,
    bottom: Math.ceil(Math.max(a.bottom, b.bottom + by - ay)) + 1,
  };
  const near = distances(data, layout, index, from, area, [0, 0]);
  const far = distances(data, layout, index, to, area, [bx - ax, by - ay]);
  let slices = 0;
  for (let slice = from + 1; slice < to; slice += 1) {
    const share = (layout.at[slice]! - layout.at[from]!) / (layout.at[to]! - layout.at[from]!);
    const [sx, sy] = layout.aside[slice]!;
    if (
      put(edit, layout, index, slice, area, [sx - ax, sy - ay], (x, y) => (1 - share) * near(x, y) + share * far(x, y))
    )
      slices += 1;
  }
  return slices;
}

type Field = (x: number, y: number) => number;

/**
 * The signed distances of a slice as a field over an area of the first slice's pixels.
 * @param aside pixels by which this slice lies beside the first one
 */
function distances(
  data: Uint8Array,
  { width, height, index: at, xs, ys }: Layout,
  index: number,
  slice: number,
  area: Bounds,
  [ax, ay]: readonly [number, number],
): Field {
  // In this slice's own pixels, wide enough for every place of the area.
  const [left, top] = [Math.floor(area.left - ax) - 1, Math.floor(area.top - ay) - 1];
  const across = area.right - area.left + 4;
  const down = area.bottom - area.top + 4;
  const place = (places: Float64Array, i: number): number => {
    const last = places.length - 1;
    if (i >= 0 && i <= last) return places[i]!;
    const step = last > 0 ? (i < 0 ? places[1]! - places[0]! : places[last]! - places[last - 1]!) : 1;
    return i < 0 ? places[0]! + i * step : places[last]! + (i - last) * step;
  };
  const inside = new Uint8Array(across * down);
  for (let y = 0; y < down; y += 1)
    for (let x = 0; x < across; x += 1) {
      const [px, py] = [left + x, top + y];
      if (px >= 0 && py >= 0 && px < width && py < height && data[at(slice, px, py)] === index)
        inside[y * across + x] = 1;
    }
  const field = signedDistance({
    xs: Float64Array.from({ length: across }, (_, x) => place(xs, left + x)),
    ys: Float64Array.from({ length: down }, (_, y) => place(ys, top + y)),
    inside,
  });
  return (x, y) => {
    const [u, v] = [x - ax - left, y - ay - top];
    const [i, j] = [Math.floor(u), Math.floor(v)];
    const [p, q] = [u - i, v - j];
    const value = (column: number, line: number): number =>
      field[Math.min(down - 1, line) * across + Math.min(across - 1, column)]!;
    const upper = (1 - p) * value(i, j) + p * value(i + 1, j);
    if (q === 0) return upper;
    return (1 - q) * upper + q * ((1 - p) * value(i, j + 1) + p * value(i + 1, j + 1));
  };
}

function put(
  edit: MaskEdit,
  { width, height, index: at, voxel }: Layout,
  index: number,
  slice: number,
  area: Bounds,
  [ax, ay]: readonly [number, number],
  field: Field,
): boolean {
  const { data } = edit.map;
  let any = false;
  for (let y = area.top; y <= area.bottom; y += 1)
    for (let x = area.left; x <= area.right; x += 1) {
      // Pixels of this slice under the area.
      const [px, py] = [Math.round(x - ax), Math.round(y - ay)];
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const to = at(slice, px, py);
      if (data[to] !== 0) continue;
      const [fx, fy] = [px + ax, py + ay];
      if (fx < area.left || fy < area.top || fx > area.right || fy > area.bottom || field(fx, fy) <= 0) continue;
      const place = voxel(slice, px, py);
      edit.keep(place[2]);
      data[to] = index;
      edit.wrote(place, place);
      any = true;
    }
  return any;
}
