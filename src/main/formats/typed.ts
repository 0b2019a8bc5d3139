import type { Dtype, NumberArray } from './types';

/** Views little-endian bytes as numbers, all of the buffer or a part of it. (All machines that Node runs on are little-endian.) */
export function typedArray(dtype: Dtype, buffer: ArrayBuffer, offset = 0, bytes = buffer.byteLength): NumberArray {
  const View = VIEWS[dtype];
  return new View(buffer, offset, bytes / View.BYTES_PER_ELEMENT);
}

const VIEWS = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<Dtype, unknown>;

let halves: Float32Array | undefined;

/** IEEE 754 half precision, all 65,536 of them. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let h = 0; h < 65536; h++) {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >> 10) & 31;
    const fraction = h & 1023;
    halves[h] =
      exponent === 0
        ? sign * fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? NaN
            : sign * Infinity
          : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halves;
}

export function halfToFloat(half: number): number {
  return halfTable()[half]!;
}

/** Half floats by their 16 bits. @param out as long as `halves` */
export function halvesInto(halves: Uint16Array, out: Float32Array): void {
  const table = halfTable();
  for (let i = 0; i < out.length; i++) out[i] = table[halves[i]!]!; // Float32Array.from calls a function 22 million times
}

/** bfloat16: the upper half of a float32. @param out as long as `halves` */
export function bfloatsInto(halves: Uint16Array, out: Float32Array): void {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < out.length; i++) words[i] = halves[i]! << 16;
}

/** Any number type as float32; integers beyond ±2²⁴ and doubles are rounded. */
export function asFloat32(dtype: Dtype, data: NumberArray): Float32Array {
  if (data instanceof Float32Array) return data;
  const out = new Float32Array(data.length);
  if (dtype === 'float16') halvesInto(data as Uint16Array, out);
  else if (dtype === 'bfloat16') bfloatsInto(data as Uint16Array, out);
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  else out.set(data);
  return out;
}
