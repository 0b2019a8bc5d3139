import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '@shared/errors';

/** What the operating system said, as a reason that a person can act on. Anything unknown stays `file-unreadable`. */
export function fileError(error: unknown, file: string): UserError {
  if (error instanceof UserError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new UserError('file-missing', 'there is no such file', { file, cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return new UserError('file-unreadable', 'this account may not read it', { file, cause: error });
  if (code === 'EISDIR') return new UserError('file-unreadable', 'it is a folder, not a file', { file, cause: error });
  if (code === 'EEXIST' || code === 'ENOTEMPTY')
    return new UserError('file-unreadable', 'something of that name stands in the way', { file, cause: error });
  if (code === 'EROFS') return new UserError('file-unreadable', 'the disk is read-only', { file, cause: error });
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UserError('disk-full', 'the disk is full', { file, cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError('file-unreadable', reason, { file, cause: error });
}

/** Opens for reading and says the size. The caller closes. */
export async function openFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const stat = await handle.stat();
    if (!stat.isFile())
      throw new UserError(
        'file-unreadable',
        stat.isDirectory() ? 'it is a folder, not a file' : 'it is not a plain file',
        {
          file: path,
        },
      );
    return { handle, size: stat.size };
  } catch (error) {
    await handle?.close();
    throw fileError(error, path);
  }
}

/** Fills `length` bytes from `offset`. @throws UserError `file-damaged` where the file ends before */
export async function readFully(handle: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const out = Buffer.allocUnsafeSlow(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(out, got, length - got, offset + got).catch((error: unknown) => {
      throw fileError(error, path);
    });
    if (bytesRead === 0)
      throw new UserError('file-damaged', `it is cut short: byte ${offset + got} of ${offset + length} is missing`, {
        file: path,
      });
    got += bytesRead;
  }
  return out;
}

/** Bytes `offset` … `offset + length` of a file. @throws UserError where they are not all there */
export async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  const { handle, size } = await openFile(path);
  try {
    if (
      !Number.isSafeInteger(offset) ||
      !Number.isSafeInteger(length) ||
      offset < 0 ||
      length < 0 ||
      offset + length > size
    )
      throw new UserError('file-damaged', `bytes ${offset} to ${offset + length} lie outside its ${size} bytes`, {
        file: path,
      });
    return await readFully(handle, path, offset, length);
  } finally {
    await handle.close();
  }
}
