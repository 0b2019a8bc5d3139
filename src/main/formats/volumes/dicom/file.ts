import type { FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { UserError } from '@shared/errors';
import { readFully } from '../../file';
import { fileProblem, withFile } from '../files';
import { VolumeProblem } from '../problem';
import { HeaderDamage } from './damage';
import type { Dataset, Encoding } from './dataset';
import { OutOfBytes, parseElements, VRS, type PixelElement } from './parse';
import { EXPLICIT_LITTLE, IMPLICIT_LITTLE, transferSyntax, type TransferSyntax } from './syntax';
import { TransferSyntaxUid } from './tags';

/** Most headers fit; those with large private parts are read on. */
const FIRST_READ = 64 * 1024;
const MAX_HEADER = 256 * 1024 * 1024;
/** A deflated file is unpacked whole. */
export const MAX_INFLATED = 1024 * 1024 * 1024;
const PREAMBLE = 132;

export interface DicomHeader {
  readonly path: string;
  /** Bytes of the file; of a deflated one, unpacked. */
  readonly size: number;
  readonly syntax: TransferSyntax;
  readonly data: Dataset;
  readonly pixels: PixelElement | null;
  readonly oddities: readonly string[];
  /** Neither preamble nor meta header. */
  readonly bare: boolean;
  /** The transfer syntax was told from the bytes. */
  readonly guessed: boolean;
}

const hasPreamble = (head: Buffer): boolean => head.length >= PREAMBLE && head.toString('latin1', 128, 132) === 'DICM';

/** Which encoding the element at `at` is written in, where it can be told: group and, if explicit, a known type. */
function guess(head: Buffer, at: number, groups: readonly number[]): Encoding | undefined {
  if (head.length < at + 12) return undefined;
  const bigEndian = !groups.includes(head.readUInt16LE(at)) && groups.includes(head.readUInt16BE(at));
  if (!bigEndian && !groups.includes(head.readUInt16LE(at))) return undefined;
  if (VRS.has(head.toString('latin1', at + 4, at + 6))) return { explicit: true, bigEndian };
  // Implicit: the first elements of a file are short.
  return !bigEndian && head.readUInt32LE(at + 4) < 1024 ? { explicit: false, bigEndian } : undefined;
}

/** Whether a file's first bytes (at least 144 where it has them) are those of a DICOM file, with or without preamble. */
export const isDicom = (head: Buffer): boolean => hasPreamble(head) || guess(head, 0, [0x0002, 0x0008]) !== undefined;

type Start = {
  readonly at: number;
  readonly syntax: TransferSyntax;
  readonly bare: boolean;
  readonly guessed: boolean;
};

/** Where the data set begins and how it is written, from the meta header or, without one, from the bytes. */
function start(path: string, bytes: Buffer, size: number): Start {
  const preamble = hasPreamble(bytes);
  const begin = preamble ? PREAMBLE : 0;
  const meta = parseElements(bytes, size, begin, { explicit: true, bigEndian: false }, 0x0002);
  const bare = !preamble && meta.end === begin;
  const uid = meta.data.text(TransferSyntaxUid);
  if (uid !== '') {
    const syntax = transferSyntax(uid);
    if (!syntax) throw new VolumeProblem(path, 'syntax-unsupported', { syntax: uid.slice(0, 80) });
    // Known writers state an explicit syntax and write an implicit one.
    const found = syntax.deflated ? undefined : guess(bytes, meta.end, [0x0008]);
    if (found && !found.explicit && syntax.uid === EXPLICIT_LITTLE.uid)
      return { at: meta.end, syntax: IMPLICIT_LITTLE, bare, guessed: true };
    return { at: meta.end, syntax, bare, guessed: false };
  }
  const found = guess(bytes, meta.end, [0x0008]);
  if (!found) {
    if (bytes.length < Math.min(size, meta.end + 12)) throw new OutOfBytes();
    throw new VolumeProblem(path, 'no-transfer-syntax');
  }
  const native = found.bigEndian ? transferSyntax('1.2.840.10008.1.2.2') : undefined;
  return { at: meta.end, syntax: native ?? (found.explicit ? EXPLICIT_LITTLE : IMPLICIT_LITTLE), bare, guessed: true };
}

/** Parses a file's header out of its first bytes. @throws OutOfBytes where they are too few */
function parse(path: string, bytes: Buffer, size: number): DicomHeader {
  const { at, syntax, bare, guessed } = start(path, bytes, size);
  if (syntax.deflated) {
    if (bytes.length < size) throw new OutOfBytes();
    const inflated = inflate(path, bytes.subarray(at));
    const parsed = parseElements(inflated, inflated.length, 0, syntax);
    return { path, size: inflated.length, syntax, ...parsed, bare, guessed };
  }
  const parsed = parseElements(bytes, size, at, syntax);
  if (guessed && parsed.pixels?.length === -1) throw new VolumeProblem(path, 'no-transfer-syntax');
  return { path, size, syntax, ...parsed, bare, guessed };
}

function inflate(path: string, bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_INFLATED });
  } catch (error) {
    if (
      error instanceof RangeError ||
      (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
    )
      throw new VolumeProblem(path, 'too-large', { bytes: MAX_INFLATED, limit: MAX_INFLATED }, { cause: error });
    const detail = error instanceof Error ? error.message : String(error);
    throw new VolumeProblem(path, 'compressed-damaged', { detail }, { cause: error });
  }
}

/** The whole data set of a deflated file, unpacked; offsets of its header refer to it. @throws VolumeProblem */
export async function readInflated(path: string): Promise<Buffer> {
  return withDicom(path, async (handle, size) => {
    const bytes = await readFully(handle, path, 0, size);
    return inflate(path, bytes.subarray(start(path, bytes, size).at));
  });
}

/** Opens a file for one action; what the system or the parser says becomes a `VolumeProblem` that names the file. */
export const withDicom = <T>(path: string, action: (handle: FileHandle, size: number) => Promise<T>): Promise<T> =>
  withFile(path, action).catch((error: unknown) => {
    throw problem(path, error);
  });

/** An error of reading or parsing as one that names the file. A defect of ours passes through. */
function problem(path: string, error: unknown): unknown {
  if (error instanceof HeaderDamage)
    return new VolumeProblem(path, 'header-damaged', { detail: error.message }, { cause: error });
  return error instanceof UserError ? fileProblem(path, error) : error;
}

/**
 * Reads a file up to its picture, and no further.
 * @param size bytes of the file
 * @throws VolumeProblem, HeaderDamage
 */
export async function readHeader(handle: FileHandle, path: string, size: number): Promise<DicomHeader> {
  if (size === 0) throw new VolumeProblem(path, 'empty');
  for (let length = Math.min(FIRST_READ, size); ; length = Math.min(length * 4, size)) {
    const bytes = await readFully(handle, path, 0, length);
    try {
      return parse(path, bytes, size);
    } catch (error) {
      if (!(error instanceof OutOfBytes)) throw error;
      if (length === size) throw new HeaderDamage(`it ends at byte ${size}, inside its header`);
      if (length >= MAX_HEADER) throw new VolumeProblem(path, 'too-large', { bytes: size, limit: MAX_HEADER });
    }
  }
}
