import { halfToFloat } from './typed';

/**
 * ggml's K-quants (ggml-quants.c): super-blocks of 256 values whose 16 or 8 sub-blocks have scales, and some also offsets, of
 * their own. Values are 2 to 6 bits; each function reads one super-block.
 */
type Decoder = (raw: DataView, at: number, out: Float32Array, to: number) => void;

const half = (raw: DataView, at: number): number => halfToFloat(raw.getUint16(at, true));

/** 84 bytes: 16 scales and offsets of 4 bits, 2-bit values, two halves. */
export const q2k: Decoder = (raw, at, out, to) => {
  const scale = half(raw, at + 80);
  const offset = half(raw, at + 82);
  for (let sub = 0; sub < 16; sub++) {
    const packed = raw.getUint8(at + sub);
    const step = Math.fround(scale * (packed & 15));
    const base = Math.fround(offset * (packed >> 4));
    const { bytes, shift } = twoBits(sub);
    for (let i = 0; i < 16; i++)
      out[to + 16 * sub + i] = Math.fround(step * ((raw.getUint8(at + 16 + bytes + i) >> shift) & 3)) - base;
  }
};

/** 110 bytes: a high bit a value, its 2 low bits, 16 scales of 6 bits, a half. */
export const q3k: Decoder = (raw, at, out, to) => {
  const scale = half(raw, at + 108);
  for (let sub = 0; sub < 16; sub++) {
    const low = raw.getUint8(at + 96 + (sub & 7));
    const high = (raw.getUint8(at + 104 + (sub & 3)) >> (2 * (sub >> 2))) & 3;
    const step = Math.fround(scale * (((sub < 8 ? low & 15 : low >> 4) | (high << 4)) - 32));
    const { bytes, shift } = twoBits(sub);
    const mask = 1 << (sub >> 1);
    for (let i = 0; i < 16; i++) {
      const bits = (raw.getUint8(at + 32 + bytes + i) >> shift) & 3;
      out[to + 16 * sub + i] = step * (raw.getUint8(at + 16 * (sub & 1) + i) & mask ? bits : bits - 4);
    }
  }
};

/** Where 2-bit values of a sub-block lie: 128 values share 32 bytes, four of them a byte. */
const twoBits = (sub: number): { bytes: number; shift: number } => ({
  bytes: 32 * (sub >> 3) + 16 * (sub & 1),
  shift: 2 * ((sub >> 1) & 3),
});

/** 144 bytes: two halves, 8 scales and offsets of 6 bits, 4-bit values. */
export const q4k: Decoder = (raw, at, out, to) => {
  const scale = half(raw, at);
  const offset = half(raw, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const [step, base] = sixBits(raw, at + 4, sub, scale, offset);
    const bytes = at + 16 + 32 * (sub >> 1);
    const shift = 4 * (sub & 1);
    for (let i = 0; i < 32; i++)
      out[to + 32 * sub + i] = Math.fround(step * ((raw.getUint8(bytes + i) >> shift) & 15)) - base;
  }
};

/** 176 bytes: as Q4_K with a fifth bit a value, 32 bytes of them before the others. */
export const q5k: Decoder = (raw, at, out, to) => {
  const scale = half(raw, at);
  const offset = half(raw, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const [step, base] = sixBits(raw, at + 4, sub, scale, offset);
    const bytes = at + 48 + 32 * (sub >> 1);
    const shift = 4 * (sub & 1);
    for (let i = 0; i < 32; i++) {
      const high = ((raw.getUint8(at + 16 + i) >> sub) & 1) << 4;
      const bits = ((raw.getUint8(bytes + i) >> shift) & 15) | high;
      out[to + 32 * sub + i] = Math.fround(step * bits) - base;
    }
  }
};

/** Step and base of a sub-block: the last four keep their two upper bits with the first eight's. */
function sixBits(raw: DataView, at: number, sub: number, scale: number, offset: number): [number, number] {
  const byte = (i: number): number => raw.getUint8(at + i);
  const step = sub < 4 ? byte(sub) & 63 : (byte(sub + 4) & 15) | ((byte(sub - 4) >> 6) << 4);
  const base = sub < 4 ? byte(sub + 4) & 63 : (byte(sub + 4) >> 4) | ((byte(sub) >> 6) << 4);
  return [Math.fround(scale * step), Math.fround(offset * base)];
}

/** 210 bytes: 4 low bits and 2 high bits a value, 16 scales of 8 bits, a half. */
export const q6k: Decoder = (raw, at, out, to) => {
  const scale = half(raw, at + 208);
  for (let sub = 0; sub < 16; sub++) {
    const step = Math.fround(scale * raw.getInt8(at + 192 + sub));
    const side = sub >> 3; // of 128 values each
    const quarter = (sub >> 1) & 3; // of 32 values each
    const within = 16 * (sub & 1);
    const low = at + 64 * side + 32 * (quarter & 1) + within;
    const high = at + 128 + 32 * side + within;
    for (let i = 0; i < 16; i++) {
      const nibble = quarter < 2 ? raw.getUint8(low + i) & 15 : raw.getUint8(low + i) >> 4;
      const bits = nibble | (((raw.getUint8(high + i) >> (2 * quarter)) & 3) << 4);
      out[to + 16 * sub + i] = step * (bits - 32);
    }
  }
};
