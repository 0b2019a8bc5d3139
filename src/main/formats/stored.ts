import type { PixelArray, PixelType } from '@shared/pixels';
import { asFloat32, typedArray } from './typed';
import type { Dtype } from './types';

/** Values of samples in the type in which they are kept, with their range. */
export interface StoredValues {
  readonly type: PixelType;
  readonly data: PixelArray;
  readonly min: number;
  readonly max: number;
}

/** Integers beyond this cannot be kept exactly as float32. */
const EXACT = 2 ** 24;

/** What is wrong with values; the caller adds file and sample. */
export class ValueProblem extends Error {
  constructor(
    message: string,
    /** Index of the offending value. */
    readonly at: number,
  ) {
    super(message);
  }
}

export const storedType = (dtype: Dtype): PixelType => {
  switch (dtype) {
    case 'bool':
    case 'uint8':
      return 'uint8';
    case 'uint16':
      return 'uint16';
    case 'int8':
    case 'int16':
      return 'int16';
    default:
      return 'float32';
  }
};

/**
 * Brings values of any number type into one of the four that are kept (`shared/pixels.ts`): exactly for bytes, words and integers up to
 * ±2²⁴; doubles are rounded to float32.
 * @param bytes little-endian, a buffer of their own
 * @throws ValueProblem for NaN, infinities, integers beyond ±2²⁴, booleans that are neither 0 nor 1
 */
export function toStored(dtype: Dtype, bytes: Uint8Array<ArrayBuffer>): StoredValues {
  const raw = typedArray(dtype, bytes.buffer);
  const type = storedType(dtype);
  let data: PixelArray;
  if (type === 'float32') {
    const beyond = /int(32|64)$/.test(dtype) ? raw.findIndex((v: number | bigint) => v > EXACT || v < -EXACT) : -1;
    if (beyond >= 0) throw new ValueProblem(`the value ${raw[beyond]} is too large to be kept exactly`, beyond);
    data = asFloat32(dtype, raw);
  } else if (raw instanceof Int8Array) data = Int16Array.from(raw);
  else data = raw as Uint8Array | Uint16Array | Int16Array;
  let min = Infinity;
  let max = -Infinity;
  // For NaN both comparisons are false, and it would pass unseen: floats are looked at one by one.
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (type === 'float32' && !Number.isFinite(value)) throw new ValueProblem(describe(dtype, value), i);
  }
  if (dtype === 'bool' && max > 1)
    throw new ValueProblem('a truth value is neither 0 nor 1', data.indexOf(max as never));
  return { type, data, min, max };
}

function describe(dtype: Dtype, value: number): string {
  if (Number.isNaN(value)) return 'a pixel is not a number (NaN)';
  return dtype === 'float64' ? 'a pixel is infinite or too large for a 32-bit number' : 'a pixel is infinite';
}
