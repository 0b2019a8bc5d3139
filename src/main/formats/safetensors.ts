import { open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '@shared/errors';
import { fileError, openFile, readFully } from './file';
import { asFloat32, typedArray } from './typed';
import { DTYPE_BYTES, type Dtype, type StoredTensor } from './types';

const MAX_HEADER = 100 * 1024 * 1024;
const MAX_READ = 8 * 1024 ** 3;

const NAMES: Readonly<Record<string, Dtype>> = {
  BOOL: 'bool',
  I8: 'int8',
  U8: 'uint8',
  I16: 'int16',
  U16: 'uint16',
  I32: 'int32',
  U32: 'uint32',
  I64: 'int64',
  U64: 'uint64',
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
};
const CODES = Object.fromEntries(Object.entries(NAMES).map(([code, dtype]) => [dtype, code]));

const count = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(count).max(32),
  data_offsets: z.tuple([count, count]),
});

/** A tensor of a safetensors file by its place in the file. */
export interface SafetensorsEntry {
  readonly dtype: Dtype;
  /** As the file writes it: `BF16`. */
  readonly code: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** Names in the file's order, without their entries being believed: `entry` checks one. */
  readonly names: readonly string[];
  /** @throws UserError `file-damaged` where header and bytes contradict each other or the name is missing, `file-unsupported` for an unknown type */
  entry(name: string): SafetensorsEntry;
}

const metadataSchema = z.record(z.string(), z.string()).catch({});

/** Reads the header of a safetensors file (github.com/huggingface/safetensors, format 0.x). @throws UserError `file-damaged` */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const { handle, size } = await openFile(path);
  try {
    const bad = (reason: string, cause?: unknown): UserError =>
      new UserError('file-damaged', reason, { file: path, cause });
    if (size < 8) throw bad('it is too short for a safetensors file');
    const headerBytes = Number((await readFully(handle, path, 0, 8)).readBigUInt64LE());
    if (headerBytes > size - 8 || headerBytes > MAX_HEADER)
      throw bad(`its header claims ${headerBytes} bytes, the file has ${size}`);
    const header = parseHeader(await readFully(handle, path, 8, headerBytes), path);
    const dataStart = 8 + headerBytes;
    return {
      metadata: metadataSchema.parse(header.__metadata__),
      names: Object.keys(header).filter((key) => key !== '__metadata__'),
      entry(name) {
        if (name === '__metadata__' || !Object.hasOwn(header, name)) throw bad(`it has no tensor "${name}"`);
        const parsed = entrySchema.safeParse(header[name]);
        if (!parsed.success) throw bad(`the entry of the tensor "${name}" cannot be read`, parsed.error);
        const { dtype: code, shape, data_offsets: offsets } = parsed.data;
        const dtype = Object.hasOwn(NAMES, code) ? NAMES[code] : undefined;
        if (!dtype)
          throw new UserError('file-unsupported', `the tensor "${name}" has the unknown type ${JSON.stringify(code)}`, {
            file: path,
          });
        const bytes = shape.reduce((product, dim) => product * dim, DTYPE_BYTES[dtype]);
        const [from, to] = offsets;
        if (to < from || dataStart + to > size) throw bad(`the tensor "${name}" lies outside the file`);
        if (to - from !== bytes)
          throw bad(`the tensor "${name}" of shape [${shape.join(', ')}] needs ${bytes} bytes, it has ${to - from}`);
        return { dtype, code, shape, offset: dataStart + from, bytes };
      },
    };
  } finally {
    await handle.close();
  }
}

/**
 * Reads tensors of a safetensors file; only the bytes of those that are asked for.
 * @param names all when left out
 * @throws UserError as `readSafetensorsHeader` and its `entry`
 */
export async function readSafetensors(path: string, names?: readonly string[]): Promise<Record<string, StoredTensor>> {
  const header = await readSafetensorsHeader(path);
  const entries = (names ?? header.names).map((name) => [name, header.entry(name)] as const);
  const total = entries.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  if (total > MAX_READ) throw new UserError('file-too-large', `more than ${MAX_READ} bytes of tensors`, { file: path });
  const { handle } = await openFile(path);
  try {
    const out: [string, StoredTensor][] = [];
    for (const [name, { dtype, shape, offset, bytes }] of entries) {
      const data = await readFully(handle, path, offset, bytes);
      out.push([name, { dtype, shape, data: typedArray(dtype, data.buffer as ArrayBuffer) }]);
    }
    return Object.fromEntries(out);
  } finally {
    await handle.close();
  }
}

function parseHeader(bytes: Buffer, path: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UserError('file-damaged', 'its header is not JSON', { file: path, cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new UserError('file-damaged', 'its header is not a JSON object', { file: path });
  return header as Record<string, unknown>;
}

/** The values as float32. @throws UserError never; integers beyond ±2²⁴ and doubles are rounded */
export function toFloat32(tensor: StoredTensor): Float32Array {
  return asFloat32(tensor.dtype, tensor.data);
}

/**
 * Writes a safetensors file whose bytes follow from its contents alone: names sorted, no time, no path. Wide types come first, so that every
 * tensor is aligned. The file appears whole or not at all.
 * @throws UserError `disk-full`, `file-unreadable`
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const byName = Object.keys(tensors).sort();
  const placed = [...byName].sort((a, b) => DTYPE_BYTES[tensors[b]!.dtype] - DTYPE_BYTES[tensors[a]!.dtype]);
  const offsets = new Map<string, [number, number]>();
  let end = 0;
  for (const name of placed) {
    const { dtype, shape, data } = tensors[name]!;
    const bytes = shape.reduce((product, dim) => product * dim, DTYPE_BYTES[dtype]);
    if (bytes !== data.byteLength)
      throw new Error(`tensor ${name}: shape [${shape.join(', ')}] needs ${bytes} bytes, got ${data.byteLength}`);
    offsets.set(name, [end, end + bytes]);
    end += bytes;
  }
  const header: Record<string, unknown> = {};
  if (metadata) header.__metadata__ = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const name of byName)
    header[name] = { dtype: CODES[tensors[name]!.dtype], shape: tensors[name]!.shape, data_offsets: offsets.get(name) };
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  json.copy(head, 8);

  const part = `${path}.part`;
  try {
    const handle = await open(part, 'w');
    try {
      await handle.writeFile(head);
      for (const name of placed) {
        const { data } = tensors[name]!;
        await handle.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
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
