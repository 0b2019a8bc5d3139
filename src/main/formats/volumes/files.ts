import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';
import { UserError } from '@shared/errors';
import { VolumeProblem } from './problem';

/** What the system said of a file, as a refusal. */
export function fileProblem(file: string, cause: unknown): VolumeProblem {
  if (cause instanceof VolumeProblem) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new VolumeProblem(file, 'missing', {}, { cause });
  const detail = cause instanceof UserError ? cause.reason : cause instanceof Error ? cause.message : String(cause);
  return new VolumeProblem(file, 'unreadable', { detail: detail.split('\n')[0]! }, { cause });
}

export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: unknown) => {
    throw fileProblem(file, error);
  });
  if (!found.isFile()) throw new VolumeProblem(file, 'unreadable', { detail: 'it is no plain file' });
  return found.size;
}

/** Stays the same as long as the files do. @param part which of the volumes in them */
export async function entryId(files: readonly string[], part: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  }
  return hash.update(part).digest('hex').slice(0, 32);
}

const ENDINGS = /\.(nii|hdr|img|nrrd|nhdr|mha|mhd|npy|npz|tiff?)(\.gz)?$/i;
export const nameOf = (file: string): string => basename(file).replace(ENDINGS, '');

export async function withFile<T>(file: string, action: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  const size = await sizeOf(file);
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw fileProblem(file, error);
  });
  try {
    return await action(handle, size);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw fileProblem(file, error);
    throw error;
  } finally {
    await handle.close();
  }
}

/** At most `count` bytes from `offset`; fewer where the file ends. */
export const bytesAt = (file: string, offset: number, count: number): Promise<Buffer> =>
  withFile(file, async (handle, size) => {
    const out = Buffer.alloc(Math.max(0, Math.min(count, size - offset)));
    let got = 0;
    while (got < out.length) {
      const { bytesRead } = await handle.read(out, got, out.length - got, offset + got);
      if (bytesRead === 0) break;
      got += bytesRead;
    }
    return out.subarray(0, got);
  });

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The beginning of a file, or of what is in it where it is gzipped. */
export interface Head {
  readonly bytes: Buffer;
  readonly gzip: boolean;
  /** Of the file itself. */
  readonly size: number;
}

/** Compressed bytes that surely hold the beginning, headers and extensions apart. */
const ENOUGH = 64 * 1024;
const GZIP_TRAILER = 8;

/** @param count bytes wanted; fewer come where the file ends, or its compressed bytes are damaged before */
export async function readHead(file: string, count: number): Promise<Head> {
  const size = await sizeOf(file);
  const first = await bytesAt(file, 0, count);
  if (!isGzip(first)) return { bytes: first, gzip: false, size };
  // Without its checksum: where that is wrong, whoever reads the voxels says so.
  const compressed = await bytesAt(file, 0, Math.min(size - GZIP_TRAILER, Math.max(ENOUGH, 2 * count)));
  return { bytes: await inflatedHead(compressed, count), gzip: true, size };
}

function inflatedHead(compressed: Buffer, count: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
    const chunks: Buffer[] = [];
    let got = 0;
    const end = (): void => {
      gunzip.removeAllListeners().on('error', () => undefined);
      gunzip.destroy();
      resolve(Buffer.concat(chunks).subarray(0, count));
    };
    gunzip.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if ((got += chunk.length) >= count) end();
    });
    // Cut off, or damaged: whoever reads the voxels says which.
    gunzip.on('error', end).on('end', end);
    gunzip.end(compressed);
  });
}
