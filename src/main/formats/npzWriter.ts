import { open, rename, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { fileError } from './file';

/** A float32 array to be written. */
export interface FloatArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A zip without its 64-bit extension holds no more. */
const MOST = 2 ** 32 - 2 ** 20;
const VERSION = 20;
const DAY = (1 << 5) | 1; // 1980-01-01: equal arrays are equal bytes

/**
 * Writes arrays as NumPy's `savez` does (a zip of `.npy`, stored). The file appears whole or not at all.
 * @throws UserError `disk-full`, `file-missing`, `file-unreadable`
 */
export async function writeNpz(path: string, arrays: Readonly<Record<string, FloatArray>>): Promise<void> {
  const total = Object.values(arrays).reduce((sum, { data }) => sum + data.byteLength + 256, 0);
  if (total > MOST) throw new Error(`the arrays (${total} bytes) do not fit into one npz`);
  const part = `${path}.part`;
  try {
    const handle = await open(part, 'w');
    try {
      const directory: Buffer[] = [];
      let at = 0;
      const write = async (bytes: Uint8Array): Promise<void> => {
        await handle.writeFile(bytes);
        at += bytes.byteLength;
      };
      for (const [name, array] of Object.entries(arrays)) {
        const data = new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
        const header = npyHeader(array.shape);
        const size = header.length + data.length;
        const fileName = Buffer.from(`${name}.npy`);
        const common = commonFields(crc32(data, crc32(header)), size, fileName.length);
        const start = at;
        await write(Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, fileName]));
        await write(header);
        await write(data);
        const entry = Buffer.alloc(46);
        entry.writeUInt32LE(0x02014b50, 0);
        entry.writeUInt16LE(VERSION, 4);
        common.copy(entry, 6);
        entry.writeUInt32LE(start, 42);
        directory.push(entry, fileName);
      }
      const start = at;
      const all = Buffer.concat(directory);
      await write(all);
      const end = Buffer.alloc(22);
      end.writeUInt32LE(0x06054b50, 0);
      end.writeUInt16LE(directory.length / 2, 8);
      end.writeUInt16LE(directory.length / 2, 10);
      end.writeUInt32LE(all.length, 12);
      end.writeUInt32LE(start, 16);
      await write(end);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw fileError(error, path);
  }
}

/** What local header and directory share: from the version needed to the length of extra fields (PKWARE APPNOTE 4.3.7). */
function commonFields(sum: number, size: number, nameLength: number): Buffer {
  const out = Buffer.alloc(26);
  out.writeUInt16LE(VERSION, 0);
  out.writeUInt16LE(DAY, 8);
  out.writeUInt32LE(sum, 10);
  out.writeUInt32LE(size, 14);
  out.writeUInt32LE(size, 18);
  out.writeUInt16LE(nameLength, 22);
  return out;
}

/** NumPy's format 1.0, padded so that the data is aligned to 64 bytes. */
function npyHeader(shape: readonly number[]): Buffer {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const out = Buffer.alloc(length, ' ');
  out.write('\x93NUMPY\x01\x00', 0, 'latin1');
  out.writeUInt16LE(length - 10, 8);
  out.write(text, 10, 'latin1');
  out[length - 1] = 0x0a;
  return out;
}
