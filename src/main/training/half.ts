const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** Single to half precision (IEEE 754), to nearest, ties to even; what is too large becomes infinite. */
export function toHalf(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  const asBits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) out[i] = halfOf(asBits[i]!);
  return out;
}

function halfOf(b: number): number {
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  if (magnitude < 0x38800000) {
    // Too small for a normal half: let single precision round at the place of the last bit.
    bits[0] = magnitude;
    floats[0] = floats[0]! + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

let table: Float32Array | undefined;

/** Half to single precision, exactly. @param out filled from its start */
export function fromHalf(halves: Uint16Array, out: Float32Array): void {
  table ??= Float32Array.from({ length: 65536 }, (_, h) => {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >> 10) & 31;
    const fraction = h & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
  });
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]!]!;
}
