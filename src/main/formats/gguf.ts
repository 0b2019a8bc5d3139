import { UserError } from '@shared/errors';
import { openFile, readFully } from './file';
import { GGML_TYPES } from './ggml';
import { GgufCursor, OutOfBytes } from './ggufCursor';
import type { GgufFile, GgufTensor, GgufValue } from './types';
import { decodeRange } from './weights';

const FIRST_READ = 1024 * 1024;
const MAX_HEADER = 512 * 1024 * 1024;
const MAX_TENSORS = 1_000_000;
const MAX_KEYS = 1_000_000;

interface Placed extends Omit<GgufTensor, 'bytes'> {
  readonly typeId: number;
  readonly offset: number;
}

/**
 * Reads the header of a GGUF file (versions 2 and 3; github.com/ggml-org/ggml, docs/gguf.md). Tensors are read one at a time on demand.
 * @throws UserError `file-damaged`, `file-unsupported`
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const { handle, size } = await openFile(path);
  let header: ReturnType<typeof parse> | undefined;
  try {
    // A header's length is known only after reading it; most fit the first megabyte.
    for (let length = Math.min(FIRST_READ, size); !header; length = Math.min(length * 4, size)) {
      try {
        header = parse(await readFully(handle, path, 0, length), size, path);
      } catch (error) {
        if (!(error instanceof OutOfBytes)) throw error;
        if (length === size)
          throw new UserError('file-damaged', 'it is cut short inside its header', { file: path, cause: error });
        if (length > MAX_HEADER)
          throw new UserError('file-too-large', `its header has more than ${MAX_HEADER} bytes`, { file: path });
      }
    }
  } finally {
    await handle.close();
  }
  const { metadata, tensors, dataStart } = header;
  const byName = new Map<string, Placed>();
  for (const tensor of tensors) {
    if (byName.has(tensor.name))
      throw new UserError('file-damaged', `the tensor "${tensor.name}" stands there twice`, { file: path });
    byName.set(tensor.name, tensor);
    const bytes = bytesOf(tensor);
    if (bytes !== undefined && dataStart + tensor.offset + bytes > size)
      throw new UserError('file-damaged', `it is cut short: the tensor "${tensor.name}" lies beyond its end`, {
        file: path,
      });
  }
  return {
    path,
    metadata,
    tensors: tensors.map((tensor) => {
      const { name, type, shape } = tensor;
      return { name, type, shape, bytes: bytesOf(tensor) ?? 0 };
    }),
    async readFloat32(name) {
      const tensor = byName.get(name);
      if (!tensor) throw new UserError('file-damaged', `it has no tensor "${name}"`, { file: path });
      const type = GGML_TYPES[tensor.typeId];
      if (!type)
        throw new UserError('file-unsupported', `the tensor "${name}" has the type ${tensor.type}, which is not read`, {
          file: path,
        });
      const items = tensor.shape.reduce((product, dim) => product * dim, 1);
      const unit = { bytes: type.bytes, items: type.block };
      const data = await decodeRange(path, dataStart + tensor.offset, items, unit, (raw, out) => {
        type.decode(new DataView(raw.buffer, raw.byteOffset, raw.byteLength), out);
      });
      return { shape: tensor.shape, data };
    },
  };
}

/** undefined for a type whose layout is unknown. @throws nothing */
function bytesOf(tensor: Placed): number | undefined {
  const type = GGML_TYPES[tensor.typeId];
  if (!type) return undefined;
  return (tensor.shape.reduce((product, dim) => product * dim, 1) / type.block) * type.bytes;
}

function parse(
  bytes: Buffer,
  size: number,
  path: string,
): { metadata: Record<string, GgufValue>; tensors: Placed[]; dataStart: number } {
  const bad = (reason: string): UserError => new UserError('file-damaged', reason, { file: path });
  const cursor = new GgufCursor(bytes, size, path);
  if (bytes.toString('latin1', 0, 4) !== 'GGUF')
    throw new UserError('file-unsupported', 'it is not a GGUF file', { file: path });
  cursor.skip(4);
  const version = cursor.u32();
  if (version !== 2 && version !== 3)
    throw new UserError('file-unsupported', `GGUF version ${version} (or a big-endian file) is not read`, {
      file: path,
    });
  const tensorCount = cursor.count(MAX_TENSORS, 24, 'tensors');
  const keyCount = cursor.count(MAX_KEYS, 13, 'keys');
  const metadata = Object.create(null) as Record<string, GgufValue>;
  for (let i = 0; i < keyCount; i++) {
    const key = cursor.string();
    metadata[key] = cursor.value(cursor.u32(), 0);
  }
  const tensors: Placed[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.string();
    const dimensions = cursor.u32();
    if (dimensions > 8) throw bad(`the tensor "${name}" has ${dimensions} dimensions`);
    const shape = Array.from({ length: dimensions }, () => cursor.u64()).reverse();
    const typeId = cursor.u32();
    const offset = cursor.u64();
    const type = GGML_TYPES[typeId];
    const items = shape.reduce((product, dim) => product * dim, 1);
    if (!Number.isSafeInteger(items)) throw bad(`the tensor "${name}" has an impossible shape`);
    if (type && (shape.at(-1) ?? 1) % type.block !== 0)
      throw bad(`the rows of the tensor "${name}" do not divide into blocks of ${type.block}`);
    tensors.push({ name, shape, typeId, offset, type: type?.name ?? `type ${typeId}` });
  }
  const alignment = metadata['general.alignment'] ?? 32;
  if (typeof alignment !== 'number' || !(alignment >= 1) || alignment > 65536 || !Number.isInteger(alignment))
    throw bad('its alignment is impossible');
  return { metadata, tensors, dataStart: Math.ceil(cursor.at / alignment) * alignment };
}
