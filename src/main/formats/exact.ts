import { halvesInto } from './typed';
import type { NumberArray } from './types';

/** The same numbers in the smallest of bfloat16, float16 and float32 that holds every one of them exactly. */
export function smallestExact(data: Float32Array): {
  dtype: 'float16' | 'bfloat16' | 'float32';
  data: NumberArray;
} {
  const halves = asHalves(data);
  if (halves) return { dtype: 'float16', data: halves };
  const brief = asBrief(data);
  return brief ? { dtype: 'bfloat16', data: brief } : { dtype: 'float32', data };
}

/** Upper halves, where all lower halves are 0. */
function asBrief(data: Float32Array): Uint16Array | null {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const out = new Uint16Array(data.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if ((word & 0xffff) !== 0) return null;
    out[i] = word >>> 16;
  }
  return out;
}

const PROBE = 4096;

/** IEEE half precision, where every number has one; a few are tried first, for most arrays that have none fail at once. */
function asHalves(data: Float32Array): Uint16Array | null {
  if (!fits(data.subarray(0, PROBE))) return null;
  const out = new Uint16Array(data.length);
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < words.length; i++) out[i] = halfOf(words[i]!);
  const back = new Float32Array(Math.min(data.length, 1 << 20));
  for (let from = 0; from < data.length; from += back.length) {
    const part = out.subarray(from, from + back.length);
    const own = back.subarray(0, part.length);
    halvesInto(part, own);
    for (let i = 0; i < own.length; i++) if (!Object.is(own[i], data[from + i])) return null;
  }
  return out;
}

function fits(data: Float32Array): boolean {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const half = new Uint16Array(1);
  const back = new Float32Array(1);
  return words.every((word, i) => {
    half[0] = halfOf(word);
    halvesInto(half, back);
    return Object.is(back[0], data[i]);
  });
}

/** The half with the same sign and leading bits; what it cannot hold is cut off. */
function halfOf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 255) - 127;
  const fraction = word & 0x7fffff;
  if (exponent > 15) return sign | 0x7c00 | (exponent === 128 && fraction ? 0x200 : 0);
  if (exponent >= -14) return sign | ((exponent + 15) << 10) | (fraction >>> 13);
  if (exponent < -24) return sign;
  return sign | ((fraction | 0x800000) >>> (-exponent - 1));
}
