import type { PixelArray } from '@shared/pixels';

/** By target pixel the first source pixel, and the overlaps of it and those after it, normalised to 1. */
interface Axis {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
  readonly stride: number;
}

const axes = new Map<string, Axis>();

function axisOf(from: number, to: number): Axis {
  const key = `${from}:${to}`;
  const known = axes.get(key);
  if (known) return known;
  const scale = from / to;
  const stride = Math.ceil(scale) + 1;
  const axis: Axis = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float64Array(to * stride),
    stride,
  };
  for (let t = 0; t < to; t++) {
    const lo = t * scale;
    const hi = Math.min(from, lo + scale);
    const first = Math.min(from - 1, Math.floor(lo));
    let last = first;
    for (let s = first; s < from && s < hi; s++) {
      axis.weights[t * stride + (s - first)] = (Math.min(hi, s + 1) - Math.max(lo, s)) / (hi - lo);
      last = s;
    }
    axis.first[t] = first;
    axis.count[t] = last - first + 1;
  }
  if (axes.size > 64) axes.clear();
  axes.set(key, axis);
  return axis;
}

/**
 * Area average of one plane; enlarging repeats pixels in proportion. No overshoot.
 * @param source values [height, width, channels] from `offset` on
 * @returns [toHeight, toWidth, channels]
 */
export function areaAverage(
  source: PixelArray,
  offset: number,
  size: { width: number; height: number; channels: number },
  to: { width: number; height: number },
): Float64Array {
  const { width, height, channels } = size;
  const x = axisOf(width, to.width);
  const y = axisOf(height, to.height);
  const row = new Float64Array(to.width * channels);
  const out = new Float64Array(to.height * to.width * channels);
  // A source row on the border belongs to two targets, to one as the last and to the next as the first.
  let averaged = -1;
  for (let ty = 0; ty < to.height; ty++) {
    const target = ty * row.length;
    for (let j = 0; j < y.count[ty]!; j++) {
      const sourceRow = y.first[ty]! + j;
      if (sourceRow !== averaged) averageRow(source, offset + sourceRow * width * channels, channels, x, row);
      averaged = sourceRow;
      const weight = y.weights[ty * y.stride + j]!;
      for (let i = 0; i < row.length; i++) out[target + i]! += weight * row[i]!;
    }
  }
  return out;
}

function averageRow(source: PixelArray, from: number, channels: number, x: Axis, row: Float64Array): void {
  const { first, count, weights, stride } = x;
  for (let tx = 0, to = 0; tx < first.length; tx++)
    for (let c = 0; c < channels; c++, to++) {
      let sum = 0;
      let at = from + first[tx]! * channels + c;
      for (let i = 0, w = tx * stride; i < count[tx]!; i++, w++, at += channels) sum += weights[w]! * source[at]!;
      row[to] = sum;
    }
}

/** Shrinks width and height in proportion so that neither exceeds `most`. */
export function within(width: number, height: number, most: number): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
