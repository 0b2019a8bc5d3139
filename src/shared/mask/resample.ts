import { add, scale, subtract, toIndex } from '../space';
import type { Grid, Vec3 } from '../space';
import { centreAt } from './grid';
import type { MaskGrid } from './grid';

/** Share of a voxel within which two grids are one. */
const SAME = 0.01;

/**
 * A label map brought onto the grid of an image: each voxel takes the label in which its centre lies.
 * @param labels indices in the grid `from`, first axis fastest
 * @returns `same`: both lie on each other voxel by voxel
 */
export function ontoGrid(labels: ArrayLike<number>, from: Grid, to: MaskGrid): { data: Uint8Array; same: boolean } {
  const [width, height, depth] = to.size;
  const data = new Uint8Array(width * height * depth);
  const same =
    from.size.every((n, axis) => n === to.size[axis]) &&
    corners(to).every((at) => near(toIndex(from, centreAt(to, at)), at));
  if (same) {
    for (let i = 0; i < data.length; i += 1) data[i] = labels[i]!;
    return { data, same };
  }
  const zero = toIndex(from, [0, 0, 0]);
  const step = subtract(toIndex(from, to.row), zero);
  for (let k = 0; k < depth; k += 1)
    for (let j = 0; j < height; j += 1) {
      const start = toIndex(from, centreAt(to, [0, j, k]));
      const row = (k * height + j) * width;
      for (let i = 0; i < width; i += 1) {
        const [a, b, c] = add(start, scale(step, i)).map((at) => Math.floor(at + 0.5)) as [number, number, number];
        if (a < 0 || b < 0 || c < 0 || a >= from.size[0] || b >= from.size[1] || c >= from.size[2]) continue;
        data[row + i] = labels[(c * from.size[1] + b) * from.size[0] + a]!;
      }
    }
  return { data, same };
}

const corners = ({ size: [width, height, depth] }: MaskGrid): Vec3[] => [
  [0, 0, 0],
  [width - 1, 0, 0],
  [0, height - 1, 0],
  [0, 0, depth - 1],
  [0, 0, Math.floor(depth / 2)],
];
const near = (a: Vec3, b: Vec3): boolean => a.every((at, axis) => Math.abs(at - b[axis]!) < SAME);

/** How many voxels each index has. */
export function countsOf(data: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (const index of data) counts[index]! += 1;
  return counts;
}
