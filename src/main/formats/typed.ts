import type { Dtype, NumberArray } from './types';

/** Views a whole little-endian buffer as numbers. (All machines that Node runs on are little-endian.) */
export function typedArray(dtype: Dtype, buffer: ArrayBuffer): NumberArray {
  switch (dtype) {
    case 'bool':
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return new Uint16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'uint64':
      return new BigUint64Array(buffer);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
  }
}

const bits = new DataView(new ArrayBuffer(4));
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

/** Any number type as float32; integers beyond ±2²⁴ and doubles are rounded. */
export function asFloat32(dtype: Dtype, data: NumberArray): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === 'float16') {
    const table = halfTable();
    const halves = data as Uint16Array;
    const out = new Float32Array(halves.length);
    for (let i = 0; i < out.length; i++) out[i] = table[halves[i]!]!; // Float32Array.from calls a function 22 million times
    return out;
  }
  if (dtype === 'bfloat16')
    return Float32Array.from(data as Uint16Array, (half) => {
      bits.setUint32(0, half << 16);
      return bits.getFloat32(0);
    });
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const out = new Float32Array(data.length);
    for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
    return out;
  }
  return new Float32Array(data);
}
