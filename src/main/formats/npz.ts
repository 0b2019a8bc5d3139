import { crc32, createInflateRaw } from 'node:zlib';
import type { Readable } from 'node:stream';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { UserError } from '@shared/errors';
import { openFile } from './file';
import { MAX_NPY_HEADER, NpyHeaderError, npyHeaderLength, parseNpyHeader } from './npyHeader';
import type { RawArrays, RawMember } from './raw';

const MAX_ENTRIES = 10_000;
const MAX_TOTAL_BYTES = 1024 ** 4;
/** Deflate cannot do better than 1032 to 1; binary volumes reach some 400 to 1, only emptiness comes near the end. */
const MAX_RATIO = 900;
const MAX_RATIO_FROM_BYTES = 16 * 1024 * 1024;
const CHUNK = 256 * 1024;

/** Opens a zip of NumPy arrays and reads all its headers. @throws UserError for anything that is not a whole, harmless npz */
export async function openNpz(path: string): Promise<RawArrays> {
  const { handle, size } = await openFile(path);
  await handle.close();
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }).catch(
    (error: unknown) => {
      throw damaged(path, error);
    },
  );
  try {
    const entries = await listEntries(zip, path);
    checkLayout(entries, size, path);
    const members = new Map<string, RawMember>();
    const unreadable = new Map<string, string>();
    const byName = new Map<string, Entry>();
    for (const entry of entries.filter((e) => e.fileName.endsWith('.npy'))) {
      const name = entry.fileName.slice(0, -'.npy'.length);
      if (byName.has(name))
        throw new UserError('file-damaged', `the array "${name}" stands there twice`, { file: path });
      byName.set(name, entry);
      try {
        const header = parseNpyHeader(await headerOf(zip, entry, path));
        if (header.headerBytes + header.dataBytes !== entry.uncompressedSize)
          throw new NpyHeaderError(
            `its header promises ${header.headerBytes + header.dataBytes} bytes, the file holds ${entry.uncompressedSize}`,
            true,
          );
        members.set(name, { ...header, name });
      } catch (error) {
        if (!(error instanceof NpyHeaderError)) throw error;
        if (error.damaged)
          throw new UserError('file-damaged', `the array "${name}" is damaged: ${error.message}`, {
            file: path,
            cause: error,
          });
        unreadable.set(name, error.message);
      }
    }
    return {
      members,
      unreadable,
      data: (name) => entryBytes(zip, byName.get(name)!, path, members.get(name)!.headerBytes),
      close: () => {
        zip.close();
        return Promise.resolve();
      },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function damaged(path: string, error: unknown): UserError {
  const detail = error instanceof Error ? error.message.toLowerCase() : String(error);
  const reason = /end of central directory/.test(detail)
    ? 'it is not a whole npz (zip) file: its end is missing; copy or download it again'
    : `it is a damaged npz (zip) file: ${detail}`;
  return new UserError('file-damaged', reason, { file: path, cause: error });
}

function listEntries(zip: ZipFile, path: string): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('error', (error: unknown) => {
      reject(damaged(path, error));
    });
    zip.on('end', () => {
      resolve(entries);
    });
    zip.on('entry', (entry: Entry) => {
      if (entries.push(entry) > MAX_ENTRIES)
        reject(new UserError('file-too-large', `it has more than ${MAX_ENTRIES} entries`, { file: path }));
      else zip.readEntry();
    });
    zip.readEntry();
  });
}

/** Refuses zip bombs: impossible ratios, entries that lie over one another, totals beyond any data set. */
function checkLayout(entries: readonly Entry[], size: number, path: string): void {
  const refuse = (code: 'file-too-large' | 'file-damaged' | 'file-unsupported', reason: string): never => {
    throw new UserError(code, reason, { file: path });
  };
  const sorted = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  let total = 0;
  sorted.forEach((entry, i) => {
    if (entry.isEncrypted()) refuse('file-unsupported', `the array "${entry.fileName}" is encrypted`);
    if (!entry.canDecodeFileData())
      refuse(
        'file-unsupported',
        `the array "${entry.fileName}" is packed by method ${entry.compressionMethod}; only deflate is read`,
      );
    const end = entry.relativeOffsetOfLocalHeader + 30 + entry.compressedSize;
    if (end > (sorted[i + 1]?.relativeOffsetOfLocalHeader ?? size))
      refuse('file-damaged', `the array "${entry.fileName}" lies over another one or beyond the end of the file`);
    if (entry.uncompressedSize > MAX_RATIO_FROM_BYTES && entry.uncompressedSize > MAX_RATIO * entry.compressedSize)
      refuse(
        'file-too-large',
        `the array "${entry.fileName}" would grow ${Math.round(entry.uncompressedSize / Math.max(1, entry.compressedSize))} times when unpacked: a zip bomb, not images`,
      );
    total += entry.uncompressedSize;
  });
  if (!(total <= MAX_TOTAL_BYTES))
    refuse('file-too-large', `it would unpack to ${total} bytes, more than ${MAX_TOTAL_BYTES}`);
}

async function headerOf(zip: ZipFile, entry: Entry, path: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let have = 0;
  let need = 12;
  for await (const chunk of inflated(zip, entry, path, 4096)) {
    parts.push(chunk);
    have += chunk.length;
    if (have >= 12 && need === 12) need = npyHeaderLength(Buffer.concat(parts));
    if (have >= need) break;
  }
  return Buffer.concat(parts).subarray(0, Math.min(need, MAX_NPY_HEADER));
}

/** The entry's bytes after `skip`; size and CRC-32 of all of it are verified before the last byte is given. */
async function* entryBytes(zip: ZipFile, entry: Entry, path: string, skip: number): AsyncGenerator<Buffer> {
  const broken = (reason: string): UserError =>
    new UserError('file-damaged', `the array "${entry.fileName}" is damaged: ${reason}`, { file: path });
  let sum = 0;
  let size = 0;
  let held: Buffer | undefined;
  for await (const chunk of inflated(zip, entry, path, CHUNK)) {
    if (held) yield held;
    held = undefined;
    sum = crc32(chunk, sum);
    const start = Math.max(0, skip - size);
    size += chunk.length;
    if (size > entry.uncompressedSize) throw broken('it unpacks to more than it promises');
    if (start < chunk.length) held = chunk.subarray(start);
  }
  if (size !== entry.uncompressedSize) throw broken(`it unpacks to ${size} of ${entry.uncompressedSize} bytes`);
  if (sum !== entry.crc32) throw broken('its checksum is wrong');
  if (held) yield held;
}

async function* inflated(zip: ZipFile, entry: Entry, path: string, chunkSize: number): AsyncGenerator<Buffer> {
  const broken = (error: unknown): UserError =>
    new UserError(
      'file-damaged',
      `the array "${entry.fileName}" is damaged: ${error instanceof Error ? error.message.toLowerCase() : String(error)}`,
      { file: path, cause: error },
    );
  const local = await zip.readLocalFileHeaderPromise(entry).catch((error: unknown) => {
    throw broken(error);
  });
  // A name or method that differs between the two places is damage, whichever is right.
  if (!local.fileName.equals(entry.fileNameRaw) || local.compressionMethod !== entry.compressionMethod)
    throw broken('its two headers contradict each other');
  const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false }).catch((error: unknown) => {
    throw broken(error);
  });
  let out: Readable = raw;
  if (entry.compressionMethod === 8) {
    const inflate = createInflateRaw({ chunkSize });
    raw.on('error', (error) => inflate.destroy(error));
    out = raw.pipe(inflate);
  }
  const chunks = out[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw broken(error);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    raw.destroy();
    out.destroy();
  }
}
