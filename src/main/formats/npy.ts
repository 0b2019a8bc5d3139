import { basename } from 'node:path';
import { UserError } from '@shared/errors';
import { openFile, readFully } from './file';
import { NpyHeaderError, npyHeaderLength, parseNpyHeader } from './npyHeader';
import type { RawArrays, RawMember } from './raw';

const CHUNK = 1024 * 1024;

/** Opens a single NumPy array. @throws UserError where its size is not exactly what its header says */
export async function openNpy(path: string): Promise<RawArrays> {
  const { handle, size } = await openFile(path);
  try {
    const start = await readFully(handle, path, 0, Math.min(12, size));
    const headerBytes = npyHeaderLength(start);
    const header = parseNpyHeader(await readFully(handle, path, 0, Math.min(headerBytes, size)));
    if (header.headerBytes + header.dataBytes !== size)
      throw new NpyHeaderError(
        `its header promises ${header.headerBytes + header.dataBytes} bytes, the file has ${size}`,
        true,
      );
    const member: RawMember = { ...header, name: basename(path).replace(/\.npy$/i, '') };
    return {
      members: new Map([[member.name, member]]),
      unreadable: new Map(),
      async *data() {
        for (let at = header.headerBytes; at < size; at += CHUNK)
          yield await readFully(handle, path, at, Math.min(CHUNK, size - at));
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    if (error instanceof NpyHeaderError)
      throw new UserError(error.damaged ? 'file-damaged' : 'file-unsupported', error.message, {
        file: path,
        cause: error,
      });
    throw error;
  }
}
