import { add, cross, dot, length, moved, scale, subtract } from '../space';
import type { Vec3 } from '../space';
import type { MaskEdit, Pen } from './edit';
import { cutRow, reachOf } from './grid';
import type { CutPlane, MaskGrid } from './grid';

/** A ball, or where it is held to a plane the disc in it. */
export interface Tip {
  /** Millimetres. */
  readonly radius: number;
  /** Only voxels that this plane cuts. */
  readonly plane: CutPlane | null;
}

/**
 * Writes voxels whose centre lies in a ball; where a plane holds it, those that the plane cuts and that are seen in the disc. The voxel
 * under the middle is always among them.
 */
export function stamp(edit: MaskEdit, grid: MaskGrid, centre: Vec3, { radius, plane }: Tip, pen: Pen): void {
  const { size, row, column, origins } = grid;
  const normal = cross(row, column);
  const area = length(normal);
  const up = scale(normal, 1 / area);
  for (let k = 0; k < size[2]; k += 1) {
    const away = dot(subtract(origins[k]!, centre), up);
    if (Math.abs(away) > radius + grid.reach) continue;
    const reach = plane && reachOf(grid, k, plane.normal);
    // What is seen in the disc lies no farther from its middle than this.
    const far = reach ? Math.hypot(radius, Math.max(-reach[0], reach[1])) : radius;
    if (Math.abs(away) > far) continue;
    const middle = rowsOf(grid, k, centre, up, area)[1];
    const rows = (Math.sqrt(far * far - away * away) * length(row)) / area;
    const [top, bottom] = [Math.max(0, Math.ceil(middle - rows)), Math.min(size[1] - 1, Math.floor(middle + rows))];
    for (let j = top; j <= bottom; j += 1) {
      const from = moved(origins[k]!, column, j);
      const [first, last] = reach ? cutRow(grid, from, plane, reach) : [0, size[0] - 1];
      if (first > last) continue;
      const ends = inBall(grid, from, centre, radius, plane);
      const [left, right] = [Math.max(first, ends[0]), Math.min(last, ends[1])];
      if (left <= right) write(edit, k, j, left, right, pen);
    }
  }
  const [i, j, k] = voxelUnder(grid, centre) ?? [-1, -1, -1];
  if (k >= 0) write(edit, k, j, i, i, pen);
}

/** Index along rows and columns of a place moved along the normal into a slice. */
function rowsOf({ row, column, origins }: MaskGrid, k: number, place: Vec3, up: Vec3, area: number): [number, number] {
  const at = subtract(place, origins[k]!);
  return [dot(cross(at, column), up) / area, dot(cross(row, at), up) / area];
}

/** First and last voxel of a row inside of the ball (moved into the plane: of the cylinder along its normal). */
function inBall(
  grid: MaskGrid,
  from: Vec3,
  centre: Vec3,
  radius: number,
  plane: CutPlane | null,
): readonly [number, number] {
  const flat = (v: Vec3): Vec3 => (plane ? moved(v, plane.normal, -dot(v, plane.normal)) : v);
  const row = flat(grid.row);
  const at = flat(subtract(from, centre));
  const a = dot(row, row);
  const b = dot(row, at);
  const c = dot(at, at) - radius * radius;
  // A row that runs along the normal is seen as one point.
  if (a < 1e-9 * dot(grid.row, grid.row)) return c <= 0 ? [0, grid.size[0] - 1] : [1, 0];
  const root = b * b - a * c;
  if (root < 0) return [1, 0];
  const half = Math.sqrt(root);
  return [Math.ceil((-b - half) / a - 1e-9), Math.floor((-b + half) / a + 1e-9)];
}

/** The voxel in which a place lies; null outside. */
export function voxelUnder(grid: MaskGrid, place: Vec3): Vec3 | null {
  const normal = cross(grid.row, grid.column);
  const area = length(normal);
  const up = scale(normal, 1 / area);
  const k = grid.origins.findIndex((origin, at) => {
    const away = dot(subtract(place, origin), up);
    if (Math.abs(away) > grid.reach) return false;
    const [low, high] = reachOf(grid, at, up);
    return away >= low && away < high;
  });
  if (k < 0) return null;
  const [i, j] = rowsOf(grid, k, place, up, area).map((at) => Math.floor(at + 0.5)) as [number, number];
  return i >= 0 && j >= 0 && i < grid.size[0] && j < grid.size[1] ? [i, j, k] : null;
}

function write(edit: MaskEdit, k: number, j: number, from: number, to: number, pen: Pen): void {
  const { data, size } = edit.map;
  const { value, over, within } = pen;
  const row = (k * size[1] + j) * size[0];
  let [first, last] = [-1, -1];
  for (let i = from; i <= to; i += 1) {
    const was = data[row + i]!;
    if (was === value || (over && !over(was)) || (within && !within(row + i))) continue;
    if (first < 0) {
      edit.keep(k);
      first = i;
    }
    data[row + i] = value;
    last = i;
  }
  if (first >= 0) edit.wrote([first, j, k], [last, j, k]);
}

/** A stroke from one place to the next: stamps so close that no gap is seen. */
export function stroke(edit: MaskEdit, grid: MaskGrid, from: Vec3, to: Vec3, tip: Tip, pen: Pen): void {
  const way = subtract(to, from);
  const fine = Math.min(length(grid.row), length(grid.column));
  const steps = Math.max(1, Math.ceil(length(way) / Math.max(fine / 2, tip.radius / 4)));
  for (let s = 1; s <= steps; s += 1) stamp(edit, grid, add(from, scale(way, s / steps)), tip, pen);
}
