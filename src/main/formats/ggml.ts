import { q2k, q3k, q4k, q5k, q6k } from './ggmlK';
import { halfToFloat } from './typed';

interface GgmlType {
  readonly name: string;
  /** Values in a block, and the bytes of one. */
  readonly block: number;
  readonly bytes: number;
  readonly decode: (raw: DataView, out: Float32Array) => void;
}

const half = (raw: DataView, at: number): number => halfToFloat(raw.getUint16(at, true));

/** Blocks of 32 whose values are 4-bit numbers, the low halves of 16 bytes first, then the high ones. */
function nibbles(raw: DataView, at: number, out: Float32Array, to: number, scale: number, offset: number): void {
  for (let i = 0; i < 16; i++) {
    const byte = raw.getUint8(at + i);
    out[to + i] = Math.fround(scale * (byte & 15)) + offset;
    out[to + 16 + i] = Math.fround(scale * (byte >> 4)) + offset;
  }
}

/** As `nibbles` with a fifth bit each, taken from a 32-bit word. */
function fiveBits(
  raw: DataView,
  bits: number,
  at: number,
  out: Float32Array,
  to: number,
  scale: number,
  zero: number,
  offset: number,
): void {
  for (let i = 0; i < 16; i++) {
    const byte = raw.getUint8(at + i);
    const low = (byte & 15) | (((bits >>> i) & 1) << 4);
    const high = (byte >> 4) | (((bits >>> (i + 16)) & 1) << 4);
    out[to + i] = Math.fround(scale * (low - zero)) + offset;
    out[to + 16 + i] = Math.fround(scale * (high - zero)) + offset;
  }
}

const blocks =
  (block: number, bytes: number, one: (raw: DataView, at: number, out: Float32Array, to: number) => void) =>
  (raw: DataView, out: Float32Array): void => {
    for (let b = 0; b * block < out.length; b++) one(raw, b * bytes, out, b * block);
  };

/** By ggml's type number (ggml.h, ggml-quants.c). */
export const GGML_TYPES: Readonly<Record<number, GgmlType>> = {
  0: {
    name: 'F32',
    block: 1,
    bytes: 4,
    decode: blocks(1, 4, (raw, at, out, to) => (out[to] = raw.getFloat32(at, true))),
  },
  1: { name: 'F16', block: 1, bytes: 2, decode: blocks(1, 2, (raw, at, out, to) => (out[to] = half(raw, at))) },
  2: {
    name: 'Q4_0',
    block: 32,
    bytes: 18,
    decode: blocks(32, 18, (raw, at, out, to) => {
      const scale = half(raw, at);
      nibbles(raw, at + 2, out, to, scale, -8 * scale);
    }),
  },
  3: {
    name: 'Q4_1',
    block: 32,
    bytes: 20,
    decode: blocks(32, 20, (raw, at, out, to) => {
      nibbles(raw, at + 4, out, to, half(raw, at), half(raw, at + 2));
    }),
  },
  6: {
    name: 'Q5_0',
    block: 32,
    bytes: 22,
    decode: blocks(32, 22, (raw, at, out, to) => {
      fiveBits(raw, raw.getUint32(at + 2, true), at + 6, out, to, half(raw, at), 16, 0);
    }),
  },
  7: {
    name: 'Q5_1',
    block: 32,
    bytes: 24,
    decode: blocks(32, 24, (raw, at, out, to) => {
      fiveBits(raw, raw.getUint32(at + 4, true), at + 8, out, to, half(raw, at), 0, half(raw, at + 2));
    }),
  },
  8: {
    name: 'Q8_0',
    block: 32,
    bytes: 34,
    decode: blocks(32, 34, (raw, at, out, to) => {
      const scale = half(raw, at);
      for (let i = 0; i < 32; i++) out[to + i] = scale * raw.getInt8(at + 2 + i);
    }),
  },
  10: { name: 'Q2_K', block: 256, bytes: 84, decode: blocks(256, 84, q2k) },
  11: { name: 'Q3_K', block: 256, bytes: 110, decode: blocks(256, 110, q3k) },
  12: { name: 'Q4_K', block: 256, bytes: 144, decode: blocks(256, 144, q4k) },
  13: { name: 'Q5_K', block: 256, bytes: 176, decode: blocks(256, 176, q5k) },
  14: { name: 'Q6_K', block: 256, bytes: 210, decode: blocks(256, 210, q6k) },
  30: {
    name: 'BF16',
    block: 1,
    bytes: 2,
    decode: (raw, out) => {
      const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
      for (let i = 0; i < out.length; i++) words[i] = raw.getUint16(2 * i, true) << 16;
    },
  },
};
