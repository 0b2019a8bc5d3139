import type { FileHandle } from 'node:fs/promises';
import { readFully } from '../../file';
import { VolumeProblem } from '../problem';
import { HeaderDamage } from './damage';
import type { DicomHeader } from './file';
import { frameBits, type PixelFormat } from './image';
import type { PixelElement } from './parse';
import { EXTENDED_OFFSETS } from './tags';

/** Where the bytes of one frame lie in its file (of a deflated one: unpacked). */
export type Extent = readonly (readonly [offset: number, length: number])[];

const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;
const MAX_FRAGMENTS = 1_000_000;

/**
 * Finds the bytes of every frame without reading them.
 * @throws VolumeProblem `truncated`, `compressed-damaged`; HeaderDamage
 */
export async function frameExtents(
  handle: FileHandle,
  header: DicomHeader & { readonly pixels: PixelElement },
  format: PixelFormat,
): Promise<Extent[]> {
  if (header.pixels.length >= 0) return nativeExtents(header, format);
  const fragments = await listFragments(handle, header);
  return frameFragments(handle, header, format.frames, fragments);
}

function nativeExtents(header: DicomHeader & { readonly pixels: PixelElement }, format: PixelFormat): Extent[] {
  const { path, size, pixels, syntax } = header;
  if (syntax.packing !== 'native')
    throw new HeaderDamage(`its transfer syntax is ${syntax.name}, its pixels are not compressed`);
  const bits = frameBits(format);
  const need = Math.ceil((bits * format.frames) / 8);
  const have = Math.min(pixels.length, Math.max(0, size - pixels.offset));
  if (have < need) throw new VolumeProblem(path, 'truncated', { have, need, missing: need - have });
  return Array.from({ length: format.frames }, (_, i) => {
    // Frames of single bits follow each other without padding: a frame may begin inside of a byte.
    const first = Math.floor((i * bits) / 8);
    const end = Math.ceil(((i + 1) * bits) / 8);
    return [[pixels.offset + first, end - first]];
  });
}

interface Fragments {
  readonly table: readonly number[];
  /** Offsets of the items' first bytes (their tags), relative to the first one. */
  readonly starts: readonly number[];
  readonly extents: Extent;
}

async function listFragments(
  handle: FileHandle,
  header: DicomHeader & { readonly pixels: PixelElement },
): Promise<Fragments> {
  const { path, size } = header;
  const { bigEndian } = header.syntax;
  const u32 = (bytes: Buffer, at: number): number => (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const u16 = (bytes: Buffer, at: number): number => (bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  let at = header.pixels.offset;
  let table: number[] | undefined;
  const starts: number[] = [];
  const extents: [number, number][] = [];
  let first = 0;
  // Some writers leave the end of the sequence out: what is whole up to the end of the file counts.
  while (at + 8 <= size) {
    const head = await readFully(handle, path, at, 8);
    const id = u16(head, 0) * 0x10000 + u16(head, 2);
    const length = u32(head, 4);
    if (id === SEQUENCE_END) break;
    if (id !== ITEM)
      throw new VolumeProblem(path, 'compressed-damaged', { detail: `no fragment begins at byte ${at}` });
    if (at + 8 + length > size)
      throw new VolumeProblem(path, 'truncated', {
        have: size - at - 8,
        need: length,
        missing: at + 8 + length - size,
      });
    if (table === undefined) {
      const offsets = await readFully(handle, path, at + 8, Math.min(length, 4 * MAX_FRAGMENTS));
      table = Array.from({ length: Math.floor(offsets.length / 4) }, (_, i) => u32(offsets, 4 * i));
      first = at + 8 + length;
    } else {
      starts.push(at - first);
      extents.push([at + 8, length]);
      if (extents.length > MAX_FRAGMENTS)
        throw new VolumeProblem(path, 'compressed-damaged', { detail: `more than ${MAX_FRAGMENTS} fragments` });
    }
    at += 8 + length;
  }
  return { table: table ?? [], starts, extents };
}

/** Which fragments make which frame: by a table of offsets, one by one, or by the first bytes of a picture. */
async function frameFragments(
  handle: FileHandle,
  header: DicomHeader,
  frames: number,
  { table, starts, extents }: Fragments,
): Promise<Extent[]> {
  const { path } = header;
  const few = (count: number): VolumeProblem =>
    new VolumeProblem(path, 'compressed-damaged', { detail: `${count} of ${frames} frames are there` });
  if (extents.length === 0) throw few(0);
  if (frames === 1) return [extents];
  if (extents.length === frames) return extents.map((extent) => [extent]);
  if (extents.length < frames) throw few(extents.length);
  const stated = table.length > 0 ? table : extendedOffsets(header);
  const begins =
    stated.length === frames
      ? stated.map((offset) => starts.indexOf(offset))
      : await pictureStarts(handle, header, extents);
  if (begins.length !== frames) throw few(begins.length);
  if (begins.some((begin, i) => begin < 0 || begin <= (begins[i - 1] ?? -1)) || begins[0] !== 0)
    throw new VolumeProblem(path, 'compressed-damaged', { detail: 'its table of offsets does not fit its fragments' });
  return begins.map((begin, i) => extents.slice(begin, begins[i + 1]));
}

function extendedOffsets({ data, syntax }: DicomHeader): number[] {
  const raw = data.raw(EXTENDED_OFFSETS);
  return Array.from({ length: Math.floor(raw.length / 8) }, (_, i) =>
    Number(syntax.bigEndian ? raw.readBigUInt64BE(8 * i) : raw.readBigUInt64LE(8 * i)),
  );
}

/** Fragments that begin as a JPEG, JPEG-LS or JPEG 2000 picture does. */
async function pictureStarts(handle: FileHandle, { path }: DicomHeader, extents: Extent): Promise<number[]> {
  const begins: number[] = [];
  for (const [i, [offset, length]] of extents.entries()) {
    if (length < 3) continue;
    const head = await readFully(handle, path, offset, 3);
    const jpeg = head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff;
    const jpeg2000 = head[0] === 0xff && head[1] === 0x4f && head[2] === 0xff;
    if (jpeg || jpeg2000) begins.push(i);
  }
  return begins;
}
