import { dot, moved, scale, subtract } from '../space';
import type { Vec3 } from '../space';
import type { MaskEdit, Pen } from './edit';
import { reachOf } from './grid';
import type { CutPlane, MaskGrid } from './grid';

/** `open`: the area reaches the border of the image; `nothing`: there is nothing to write here. */
export type FloodOutcome = 'filled' | 'open' | 'nothing';

/**
 * Fills the area around a voxel: those with the same index as it, side by side, that the plane cuts. An area that reaches the border of
 * the image is not filled, unless values of the image bound it (`pen.within`).
 */
export function flood(edit: MaskEdit, grid: MaskGrid, seed: Vec3, plane: CutPlane, pen: Pen): FloodOutcome {
  const { data, size } = edit.map;
  const [width, height, depth] = size;
  const { value, over, within } = pen;
  const first = (seed[2] * height + seed[1]) * width + seed[0];
  const old = data[first]!;
  if (old === value || (over && !over(old)) || (within && !within(first))) return 'nothing';

  const cut = cutter(grid, plane);
  const found = new Set([first]);
  const waiting = [first];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const i = at % width;
    const j = Math.floor(at / width) % height;
    const k = Math.floor(at / (width * height));
    const sides = [
      [i - 1, j, k],
      [i + 1, j, k],
      [i, j - 1, k],
      [i, j + 1, k],
      [i, j, k - 1],
      [i, j, k + 1],
    ] as const;
    for (const [a, b, c] of sides) {
      const outside = a < 0 || b < 0 || c < 0 || a >= width || b >= height || c >= depth;
      const index = (c * height + b) * width + a;
      if (!outside && (data[index] !== old || found.has(index) || (within && !within(index)))) continue;
      if (!cut(a, b, c)) continue;
      if (!outside) {
        found.add(index);
        waiting.push(index);
      } else if (!within) return 'open';
    }
  }
  for (const index of found) {
    const place: Vec3 = [index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))];
    edit.keep(place[2]);
    data[index] = value;
    edit.wrote(place, place);
  }
  return 'filled';
}

/** Whether a plane cuts a voxel, also one that would lie next to the grid. */
function cutter(grid: MaskGrid, { place, normal }: CutPlane): (i: number, j: number, k: number) => boolean {
  const { row, column, origins } = grid;
  const last = origins.length - 1;
  const [across, down] = [dot(row, normal), dot(column, normal)];
  const beyond = (from: number, inside: number): Vec3 =>
    last > 0 ? subtract(scale(origins[from]!, 2), origins[inside]!) : moved(origins[0]!, normal, 1e9);
  const slices = [beyond(0, 1), ...origins, beyond(last, last - 1)].map((origin, at) => {
    const [low, high] = reachOf(grid, Math.min(last, Math.max(0, at - 1)), normal);
    const slack = 1e-6 * (high - low);
    return { away: dot(subtract(origin, place), normal), low: low + slack, high: high - slack };
  });
  return (i, j, k) => {
    const { away, low, high } = slices[k + 1]!;
    const at = -(away + i * across + j * down);
    return at >= low && at <= high;
  };
}
