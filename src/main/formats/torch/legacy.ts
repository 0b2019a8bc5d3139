import { UserError } from '@shared/errors';
import { openFile, readFully } from '../file';
import { DTYPE_BYTES } from '../types';
import type { WeightFile } from '../weights';
import { readPickle } from './pickle';
import { readStored, tensorsIn } from './storage';

/** What `torch.save` wrote before PyTorch 1.6 begins with this number, pickled. */
const MAGIC = Buffer.from('80028a0a6cfc9c46f920', 'hex');
const MAX_PICKLE = 16 * 1024 * 1024;

/** True for the first bytes of a file of the old `torch.save`. */
export const isTorchLegacy = (start: Buffer): boolean => start.subarray(0, MAGIC.length).equals(MAGIC);

/**
 * A file of `torch.save` before PyTorch 1.6: pickles of a magic number, a version, the machine, the tensors and the storages' keys,
 * then each storage as a count of 64 bits and its values.
 * @throws UserError `file-damaged`, `file-unsupported`
 */
export async function openTorchLegacy(path: string): Promise<WeightFile> {
  const { handle, size } = await openFile(path);
  try {
    const bytes = await readFully(handle, path, 0, Math.min(size, MAX_PICKLE));
    const values: unknown[] = [];
    let at = 0;
    for (let i = 0; i < 5; i++) {
      // The magic number has 80 bits, beyond what the reader takes for a count.
      const { value, end } =
        i === 0 ? { value: null, end: bytes.indexOf(0x2e, 10) + 1 } : readPickle(bytes.subarray(at), path);
      values.push(value);
      at = i === 0 ? end : at + end;
    }
    const machine = values[2];
    if (machine instanceof Map && machine.get('little_endian') === false)
      throw new UserError('file-unsupported', 'its numbers are big-endian', { file: path });
    const tensors = tensorsIn(values[3], path);
    const keys = values[4];
    if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string' || typeof key === 'number'))
      throw new UserError('file-damaged', 'its list of storages is damaged', { file: path });
    const itemBytes = new Map([...tensors.values()].map(({ key, dtype }) => [key, DTYPE_BYTES[dtype]]));
    const starts = new Map<string, number>();
    for (const key of (keys as (string | number)[]).map(String)) {
      const items = Number((await readFully(handle, path, at, 8)).readBigInt64LE());
      const bytesOfOne = itemBytes.get(key);
      if (bytesOfOne === undefined || !(items >= 0) || at + 8 + items * bytesOfOne > size)
        throw new UserError('file-damaged', 'a storage lies beyond its end', { file: path });
      starts.set(key, at + 8);
      at += 8 + items * bytesOfOne;
    }
    for (const [name, { key }] of tensors)
      if (!starts.has(key))
        throw new UserError('file-damaged', `the storage of the tensor "${name}" is missing`, { file: path });
    return {
      path,
      format: 'torch',
      files: [path],
      tensors,
      metadata: {},
      async readFloat32(name) {
        const tensor = tensors.get(name);
        if (!tensor) throw new UserError('file-damaged', `it has no tensor "${name}"`, { file: path });
        return { shape: tensor.shape, data: await readStored(path, starts.get(tensor.key)!, tensor) };
      },
    };
  } finally {
    await handle.close();
  }
}
