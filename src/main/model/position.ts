import { concat, matMul, reshape, slice, tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostFloats, PositionKernel } from './types';

/** Keys' cubic convolution with a = -0.75, as PyTorch's `interpolate(mode='bicubic', align_corners=False)`. */
function cubic(distance: number): number {
  const a = -0.75;
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return a * (((x - 5) * x + 8) * x - 4);
  return 0;
}

/** The kernel with a = -0.5, which PyTorch takes with `antialias=True`. */
function softCubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/** Weights that resample a line of `from` values into `to` ones as PyTorch's `interpolate`. @returns `to` rows of `from` */
export function bicubicWeights(from: number, to: number, kernel: PositionKernel = 'bicubic'): Float64Array[] {
  return Array.from({ length: to }, (_, i) =>
    kernel === 'bicubic' ? repeatedBorders(from, (from * (i + 0.5)) / to - 0.5) : cutBorders(from, to, i),
  );
}

function repeatedBorders(from: number, centre: number): Float64Array {
  const row = new Float64Array(from);
  const left = Math.floor(centre);
  for (let k = left - 1; k <= left + 2; k++) {
    const at = Math.min(from - 1, Math.max(0, k));
    row[at]! += cubic(centre - k);
  }
  return row;
}

/** The kernel widens when shrinking, is cut at the borders, and sums to one. */
function cutBorders(from: number, to: number, i: number): Float64Array {
  const widening = Math.max(from / to, 1);
  const centre = (from * (i + 0.5)) / to;
  const row = new Float64Array(from);
  const first = Math.max(0, Math.trunc(centre - 2 * widening + 0.5));
  const end = Math.min(from, Math.trunc(centre + 2 * widening + 0.5));
  for (let k = first; k < end; k++) row[k] = softCubic((k - centre + 0.5) / widening);
  const total = row.reduce((a, b) => a + b, 0);
  return row.map((weight) => weight / total);
}

/**
 * The position embedding for another image size, as Hugging Face's `Dinov2Embeddings.interpolate_pos_encoding` makes it:
 * CLS as it is, the square grid of the patches resampled bicubically in both directions.
 * @param position [1, 1 + G², e] @param grid patches along a side of the image @returns [1, 1 + grid², e]
 */
export function interpolatePosition(position: Tensor, grid: number, by?: PositionKernel): Tensor {
  const [, rows, width] = position.shape as [number, number, number];
  const from = Math.round(Math.sqrt(rows - 1));
  if (from === grid) return position;
  const line = bicubicWeights(from, grid, by);
  const kernel = new Float32Array(grid * grid * from * from);
  for (let y = 0; y < grid; y++)
    for (let x = 0; x < grid; x++)
      for (let j = 0; j < from; j++)
        for (let i = 0; i < from; i++)
          kernel[(y * grid + x) * from * from + j * from + i] = line[y]![j]! * line[x]![i]!;
  const patches = reshape(slice(position, [0, 1, 0], [1, from * from, width]), [from * from, width]); // [G², e]
  const resampled = matMul(tensor2d(kernel, [grid * grid, from * from]), patches); // [grid², e]
  const cls = slice(position, [0, 0, 0], [1, 1, width]); // [1, 1, e]
  return concat([cls, reshape(resampled, [1, grid * grid, width])], 1); // [1, 1 + grid², e]
}

/** The same on the host: the embedding of the grid that a network is trained on. @param position [1, 1 + G², e] @returns [1, 1 + grid², e] */
export function resampledPosition(position: HostFloats, grid: number, by?: PositionKernel): HostFloats {
  const [, rows, width] = position.shape as [number, number, number];
  const from = Math.round(Math.sqrt(rows - 1));
  if (from === grid) return position;
  const line = bicubicWeights(from, grid, by);
  const sums = new Float64Array((1 + grid * grid) * width);
  for (let e = 0; e < width; e++) sums[e] = position.data[e]!;
  for (let y = 0; y < grid; y++)
    for (let x = 0; x < grid; x++) {
      const to = (1 + y * grid + x) * width;
      for (let j = 0; j < from; j++)
        for (let i = 0; i < from; i++) {
          const weight = line[y]![j]! * line[x]![i]!;
          if (weight === 0) continue;
          const at = (1 + j * from + i) * width;
          for (let e = 0; e < width; e++) sums[to + e]! += weight * position.data[at + e]!;
        }
    }
  return { dtype: 'float32', shape: [1, 1 + grid * grid, width], data: Float32Array.from(sums) };
}
