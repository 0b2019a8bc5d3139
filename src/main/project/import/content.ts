import { createHash } from 'node:crypto';
import type { Dtype } from '@main/formats';
import type { PixelArray } from '@shared/pixels';
import { areaAverage, within } from './resample';

export interface PixelShape {
  readonly width: number;
  readonly height: number;
  /** 1 in 2D. */
  readonly depth: number;
  readonly channels: 1 | 3;
}

/** Side of the pictures that near-duplicates are looked for in. */
export const LOOK_SIDE = 28;
/** Larger pictures get a thumbnail of their own. */
export const THUMB_SIDE = 96;

/** `DxHxWxC|dtype|`: equal pixels of another shape or type are another content. */
export const contentPrefix = (shape: PixelShape, dtype: Dtype): string =>
  `${shape.depth}x${shape.height}x${shape.width}x${shape.channels}|${dtype}|`;

/** Identity of a sample's content: SHA-256 of shape, type and raw little-endian pixels as acquired, [depth, height, width, channels]. */
export function contentHash(prefix: string, raw: Uint8Array): Buffer {
  return createHash('sha256').update(prefix).update(raw).digest();
}

/** Planes of `LOOK_SIDE`² that stand for a sample: the picture, or a volume's three central slices (docs/science.md, section 2). */
export const lookPlanes = (shape: PixelShape): number => (shape.depth > 1 ? 3 : 1);

/**
 * The grey 28×28 picture(s) in which near-duplicates are looked for.
 * @param data stored values from `offset` on
 * @param out room for `lookPlanes` × 28 × 28 values
 */
export function look(data: PixelArray, offset: number, shape: PixelShape, out: Float32Array): void {
  const { width, height, depth, channels } = shape;
  if (depth === 1) {
    plane(data, offset, { width, height, channels }, out, 0);
    return;
  }
  const size = LOOK_SIDE * LOOK_SIDE;
  const [z, y, x] = [depth >> 1, height >> 1, width >> 1];
  const at = (k: number, j: number, i: number): number => offset + ((k * height + j) * width + i) * channels;
  plane(data, at(z, 0, 0), { width, height, channels }, out, 0);
  const gather = (rows: number, columns: number, from: (row: number, column: number) => number): Float32Array => {
    const slice = new Float32Array(rows * columns * channels);
    let to = 0;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let c = 0; c < channels; c++) slice[to++] = data[from(row, column) + c]!;
    return slice;
  };
  plane(
    gather(depth, width, (k, i) => at(k, y, i)),
    0,
    { width, height: depth, channels },
    out,
    size,
  );
  plane(
    gather(depth, height, (k, j) => at(k, j, x)),
    0,
    { width: height, height: depth, channels },
    out,
    2 * size,
  );
}

function plane(
  data: PixelArray,
  offset: number,
  size: { width: number; height: number; channels: number },
  out: Float32Array,
  to: number,
): void {
  const { channels } = size;
  const count = LOOK_SIDE * LOOK_SIDE;
  const small =
    size.width === LOOK_SIDE && size.height === LOOK_SIDE
      ? data.subarray(offset, offset + count * channels)
      : areaAverage(data, offset, size, { width: LOOK_SIDE, height: LOOK_SIDE });
  if (channels === 1) out.set(small, to);
  else for (let i = 0; i < count; i++) out[to + i] = (small[3 * i]! + small[3 * i + 1]! + small[3 * i + 2]!) / 3;
}

/**
 * A picture of at most 96 pixels a side in the sample's own type.
 * @param always also where the stored picture is no larger (because reading it means decoding a file); null then otherwise
 */
export function thumbnail(
  data: PixelArray,
  offset: number,
  shape: PixelShape,
  always: boolean,
): { width: number; height: number; data: PixelArray } | null {
  const { width, height, depth, channels } = shape;
  if (!always && width <= THUMB_SIDE && height <= THUMB_SIDE) return null;
  const to = within(width, height, THUMB_SIDE);
  const middle = offset + (depth >> 1) * width * height * channels;
  const mean = areaAverage(data, middle, { width, height, channels }, to);
  // A cut-out of the same type, to be overwritten: the thumbnail is smaller than its picture.
  const small = data.slice(0, mean.length);
  const whole = !(data instanceof Float32Array);
  for (let i = 0; i < mean.length; i++) small[i] = whole ? Math.round(mean[i]!) : mean[i]!;
  return { ...to, data: small };
}
