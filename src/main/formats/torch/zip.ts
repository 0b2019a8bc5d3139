import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { UserError } from '@shared/errors';
import { openFile, readRange } from '../file';
import { DTYPE_BYTES } from '../types';
import type { WeightFile } from '../weights';
import { readPickle } from './pickle';
import { readStored, tensorsIn } from './storage';

const MAX_ENTRIES = 200_000;
/** The pickle of LLaMA-405B's checkpoint has some hundred kilobytes. */
const MAX_PICKLE = 16 * 1024 * 1024;

interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A file of `torch.save` since PyTorch 1.6: a zip whose `data.pkl` names the tensors, and whose stored (never packed) members are
 * their storages. The pickle is read as data (`readPickle`).
 * @throws UserError `file-damaged`, `file-unsupported`, `file-too-large`
 */
export async function openTorchZip(path: string): Promise<WeightFile> {
  const { handle, size } = await openFile(path);
  await handle.close();
  const damaged = (error: unknown): UserError =>
    new UserError(
      'file-damaged',
      `it is a damaged zip (PyTorch) file: ${error instanceof Error ? error.message.toLowerCase() : String(error)}`,
      { file: path, cause: error },
    );
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }).catch(
    (error: unknown) => {
      throw damaged(error);
    },
  );
  try {
    const entries = await listEntries(zip, path, damaged);
    const pickle = entries.find(({ fileName }) => /^[^/]*\/?data\.pkl$/.test(fileName));
    if (!pickle)
      throw new UserError('file-unsupported', 'it is a zip, but none of PyTorch: it holds no data.pkl', { file: path });
    const root = pickle.fileName.slice(0, -'data.pkl'.length);
    const order = entries.find(({ fileName }) => fileName === `${root}byteorder`);
    if (order && (await stored(zip, order, path, size, damaged)).toString() !== 'little')
      throw new UserError('file-unsupported', 'its numbers are big-endian', { file: path });
    const contents = await stored(zip, pickle, path, size, damaged);
    const tensors = tensorsIn(readPickle(contents, path).value, path);

    const places = new Map<string, Entry>();
    for (const entry of entries)
      if (entry.fileName.startsWith(`${root}data/`)) places.set(entry.fileName.slice(root.length + 5), entry);
    for (const [name, { key, dtype, storageItems }] of tensors) {
      const entry = places.get(key);
      if (!entry) throw new UserError('file-damaged', `the storage of the tensor "${name}" is missing`, { file: path });
      if (entry.compressionMethod !== 0)
        throw new UserError('file-unsupported', `the storage of the tensor "${name}" is packed`, { file: path });
      if (storageItems * DTYPE_BYTES[dtype] > entry.uncompressedSize)
        throw new UserError('file-damaged', `the storage of the tensor "${name}" is too short`, { file: path });
    }
    // Where the data of each storage begins stands in its own header, which is read when the tensor is.
    const starts = new Map<string, Promise<Place>>();
    return {
      path,
      format: 'torch',
      files: [path],
      tensors,
      metadata: {},
      async readFloat32(name) {
        const tensor = tensors.get(name);
        if (!tensor) throw new UserError('file-damaged', `it has no tensor "${name}"`, { file: path });
        const entry = places.get(tensor.key)!;
        let place = starts.get(tensor.key);
        if (!place) starts.set(tensor.key, (place = placeOf(path, entry, size)));
        return { shape: tensor.shape, data: await readStored(path, (await place).offset, tensor) };
      },
    };
  } finally {
    zip.close();
  }
}

function listEntries(zip: ZipFile, path: string, damaged: (error: unknown) => UserError): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('error', (error: unknown) => reject(damaged(error)));
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      if (entries.push(entry) > MAX_ENTRIES)
        reject(new UserError('file-too-large', `it has more than ${MAX_ENTRIES} entries`, { file: path }));
      else zip.readEntry();
    });
    zip.readEntry();
  });
}

/** A small member, whole. */
async function stored(
  zip: ZipFile,
  entry: Entry,
  path: string,
  size: number,
  damaged: (error: unknown) => UserError,
): Promise<Buffer> {
  if (entry.uncompressedSize > MAX_PICKLE || entry.compressedSize > size)
    throw new UserError('file-too-large', `its ${entry.fileName} claims ${entry.uncompressedSize} bytes`, {
      file: path,
    });
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      if ((length += chunk.length) > MAX_PICKLE) throw new Error('it unpacks to more than it promises');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw damaged(error);
  }
}

/** The local header of a stored member says where its bytes begin (PKWARE APPNOTE 4.3.7). */
async function placeOf(path: string, entry: Entry, size: number): Promise<Place> {
  const header = Buffer.from(await readRange(path, entry.relativeOffsetOfLocalHeader, 30));
  const offset = entry.relativeOffsetOfLocalHeader + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (header.readUInt32LE(0) !== 0x04034b50 || offset + entry.uncompressedSize > size)
    throw new UserError('file-damaged', `the header of its member ${entry.fileName} is damaged`, { file: path });
  return { offset, bytes: entry.uncompressedSize };
}
