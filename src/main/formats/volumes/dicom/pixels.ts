import type { StoredArray } from '../types';
import { decodeFrame, interleave, StreamDamage, type DecodedFrame } from './codec';
import { toRgb, throughPalette, type Palette } from './colour';
import { frameBits, type PixelFormat } from './image';
import type { TransferSyntax } from './syntax';

/** A modality LUT: value of `first`, `first + 1` …; beyond its ends the end values (PS3.3, C.11.1). */
export interface Lut {
  readonly first: number;
  readonly values: readonly number[];
}

/** How the bytes of a frame become values. */
export interface Unpacking {
  readonly syntax: TransferSyntax;
  readonly format: PixelFormat;
  readonly palette: Palette | undefined;
}

/**
 * The values of one frame as they are stored: row after row, of colours R, G, B side by side.
 * @param bytes those of the frame, whole
 * @param frame its number in the file: frames of single bits may begin inside of a byte
 * @throws StreamDamage
 */
export function frameValues(bytes: Uint8Array, frame: number, { syntax, format, palette }: Unpacking): StoredArray {
  const { rows, columns, samples, bitsAllocated } = format;
  const pixels = rows * columns;
  if (bitsAllocated === 1) return singleBits(bytes, (frame * pixels) % 8, pixels);
  let unpacked: DecodedFrame = { bytes, bitsAllocated, bits: undefined, colour: undefined };
  const need = frameBits(format) / 8;
  if (syntax.packing === 'native' && bytes.length !== need) {
    // Fragments of uncompressed pixels may be padded by a byte.
    if (bytes.length < need) throw new StreamDamage(`${bytes.length} of its ${need} bytes are there`);
    unpacked = { ...unpacked, bytes: bytes.subarray(0, need) };
  }
  if (syntax.packing !== 'native')
    unpacked = decodeFrame(syntax.packing, bytes, { width: columns, height: rows, components: samples, bitsAllocated });
  else if (format.planar && !format.halved)
    unpacked = { ...unpacked, bytes: interleave(unpacked.bytes, samples, bitsAllocated / 8) };
  const values = integers(unpacked, format, syntax.packing === 'native' && syntax.bigEndian);
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  if (palette) return throughPalette(values, palette);
  return samples === 3 ? toRgb(values, format, colourOf(unpacked, format, syntax)) : values;
}

/** Whether luminance and chrominance must be turned into RGB. JPEG 2000 undoes its own transform. */
function colourOf({ colour }: DecodedFrame, { photometric }: PixelFormat, { packing }: TransferSyntax): 'rgb' | 'ybr' {
  if (colour) return colour;
  if (packing === 'jpeg-2000' || packing === 'htj2k') return photometric === 'YBR_FULL' ? 'ybr' : 'rgb';
  return photometric === 'RGB' ? 'rgb' : 'ybr';
}

function singleBits(bytes: Uint8Array, skip: number, pixels: number): Uint8Array {
  return Uint8Array.from({ length: pixels }, (_, i) => (bytes[(i + skip) >> 3]! >> ((i + skip) & 7)) & 1);
}

/** Samples by their stored bits: what lies above them (old overlays) is cut off, what is below the high bit shifted down. */
function integers({ bytes, bitsAllocated, bits }: DecodedFrame, format: PixelFormat, bigEndian: boolean): StoredArray {
  const { kind, signed, highBit, bitsStored } = format;
  const length = bytes.byteLength / (bitsAllocated / 8);
  const aligned = bigEndian ? swapped(bytes, format.words ? 2 : bitsAllocated / 8) : copied(bytes);
  if (kind === 'float') return new Float32Array(aligned, 0, length);
  if (kind === 'double') return new Float64Array(aligned, 0, length);
  // A codec gives samples from bit 0 on, however DICOM's header places them.
  const used = bits === undefined ? bitsStored : Math.min(bits, bitsAllocated);
  const shift = bits === undefined ? highBit + 1 - bitsStored : 0;
  if (bitsAllocated === 8) {
    const values = signed ? new Int8Array(aligned) : new Uint8Array(aligned);
    return used === 8 ? widened(values, format) : widened(masked(values, used, shift, signed), format);
  }
  if (bitsAllocated === 16) {
    const values = signed ? new Int16Array(aligned, 0, length) : new Uint16Array(aligned, 0, length);
    return used === 16 ? values : masked(values, used, shift, signed);
  }
  const values = signed ? new Int32Array(aligned, 0, length) : new Uint32Array(aligned, 0, length);
  return used === 32 ? values : masked(values, used, shift, signed);
}

/** Streams of up to 8 bits in images that allocate 16: the type is the header's. */
function widened<T extends Int8Array | Uint8Array>(values: T, { bitsAllocated, signed }: PixelFormat): StoredArray {
  if (bitsAllocated === 8) return values;
  if (bitsAllocated === 16) return signed ? Int16Array.from(values) : Uint16Array.from(values);
  return signed ? Int32Array.from(values) : Uint32Array.from(values);
}

function masked<T extends StoredArray>(values: T, used: number, shift: number, signed: boolean): T {
  const up = 32 - used - shift;
  const down = 32 - used;
  if (signed) for (let i = 0; i < values.length; i++) values[i] = (values[i]! << up) >> down;
  else for (let i = 0; i < values.length; i++) values[i] = (values[i]! << up) >>> down;
  return values;
}

/** An own, aligned copy. */
function copied(bytes: Uint8Array): ArrayBuffer {
  if (bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % 8 === 0 && bytes.byteLength === bytes.buffer.byteLength)
    return bytes.buffer;
  const out = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(out).set(bytes);
  return out;
}

function swapped(bytes: Uint8Array, size: number): ArrayBuffer {
  const out = Buffer.from(copied(bytes.slice()));
  if (size === 2) out.subarray(0, out.length & ~1).swap16();
  else if (size === 4) out.swap32();
  else if (size === 8) out.swap64();
  return out.buffer.byteLength === out.byteLength ? (out.buffer as ArrayBuffer) : copied(out);
}

/** Values after a modality LUT, as float32. */
export function throughLut(values: StoredArray, { first, values: table }: Lut): Float32Array {
  const last = table.length - 1;
  return Float32Array.from(values, (v) => table[Math.min(last, Math.max(0, v - first))]!);
}
