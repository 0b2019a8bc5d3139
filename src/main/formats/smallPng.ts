import { crc32, inflateSync } from 'node:zlib';

/** Above so many values libvips is as fast, and works on other threads. */
const MOST_VALUES = 128 * 128;
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** What a PNG's header says of a picture of grey or RGB without transparency. */
export interface PlainPng {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly depth: string;
}

/**
 * The values of a small PNG, some twenty times as fast as by libvips, whose set-up takes more than a millisecond for a thumbnail's worth
 * of pixels. null where anything at all is out of the ordinary: then libvips reads it, or says what is wrong.
 * @returns rows of values, channels side by side; little-endian
 */
export function smallPng(bytes: Buffer, { width, height, channels, depth }: PlainPng): Uint8Array<ArrayBuffer> | null {
  const wide = depth === 'ushort' ? 2 : 1;
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return null;
  // Byte 24: bits a value; 28: interlaced.
  if (width * height * channels > MOST_VALUES || bytes[24] !== 8 * wide || bytes[28] !== 0) return null;
  const row = width * channels * wide;
  const filtered = valuesOf(bytes, height * (1 + row));
  const values = filtered && unfiltered(filtered, row, height, channels * wide);
  if (values && wide === 2) Buffer.from(values.buffer).swap16();
  return values;
}

/** The inflated `IDAT` chunks. null where a checksum fails, the size is another, or a chunk has a say in how values are shown. */
function valuesOf(bytes: Buffer, size: number): Buffer | null {
  const parts: Buffer[] = [];
  let before = '';
  for (let at = 8; ;) {
    if (at + 12 > bytes.length) return null;
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length || crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return null;
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (name === 'IEND') break;
    // All of them follow one another.
    if (name === 'IDAT' && parts.length > 0 && before !== 'IDAT') return null;
    if (name === 'IDAT') parts.push(bytes.subarray(at + 8, end));
    // Critical chunks have a capital first letter: one that we do not know may change everything.
    else if (name === 'eXIf' || (name !== 'IHDR' && name !== 'PLTE' && name[0]! < 'a')) return null;
    before = name;
    at = end + 4;
  }
  try {
    const values = inflateSync(parts.length === 1 ? parts[0]! : Buffer.concat(parts), { maxOutputLength: size });
    return values.length === size ? values : null;
  } catch {
    return null; // libvips says why
  }
}

/**
 * Takes the filters off (PNG specification, section 9). null for one that is unknown.
 * @param row bytes of a row without its filter's number @param back bytes to the same byte of the value before
 */
function unfiltered(from: Buffer, row: number, height: number, back: number): Uint8Array<ArrayBuffer> | null {
  const out = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const filter = from[y * (row + 1)]!;
    if (filter > 4) return null;
    const [read, to, up] = [y * (row + 1) + 1, y * row, (y - 1) * row];
    for (let x = 0; x < row; x++) {
      const a = x >= back ? out[to + x - back]! : 0;
      const b = y > 0 ? out[up + x]! : 0;
      const c = x >= back && y > 0 ? out[up + x - back]! : 0;
      out[to + x] = from[read + x]! + predicted(filter, a, b, c);
    }
  }
  return out;
}

/** @param a left @param b above @param c above left */
function predicted(filter: number, a: number, b: number, c: number): number {
  switch (filter) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return (a + b) >> 1;
    case 4:
      return paeth(a, b, c);
    default:
      return 0;
  }
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [da, db, dc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  if (da <= db && da <= dc) return a;
  return db <= dc ? b : c;
}
