import { fileError, openFile } from './file';
import { UserError } from '@shared/errors';
import { bfloatsInto, halvesInto, typedArray } from './typed';
import { DTYPE_BYTES, type Dtype, type NumberArray } from './types';

/** One tensor of a file of weights; nothing of its data was read yet. */
export interface WeightTensor {
  /** The number type in the file: `F32`, `F16`, `BF16`, `Q4_K` … */
  readonly type: string;
  /** Row-major, slowest axis first. */
  readonly shape: readonly number[];
  /** Bytes in the file. */
  readonly bytes: number;
}

export const WEIGHT_FORMATS = ['safetensors', 'gguf', 'torch', 'llama2c'] as const;
export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

/** A checkpoint, in one file or in several. Every header was checked against the files' sizes. */
export interface WeightFile {
  /** What was asked for: a file or a folder. */
  readonly path: string;
  readonly format: WeightFormat;
  /** The files that hold the tensors, sorted. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** What the file itself says: GGUF's metadata, `__metadata__` of safetensors, llama2.c's header. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Reads one tensor as float32; only its own bytes are read. @throws UserError for a missing name or a type that is not read */
  readFloat32(name: string): Promise<{ shape: readonly number[]; data: Float32Array }>;
}

/** Bytes taken from a file at a time while numbers are converted: memory stays that of the result. */
const PIECE = 8 * 1024 * 1024;
/** No tensor is larger; LLaMA-405B's largest matrix has 3.5 GB of half floats. */
const MAX_TENSOR_BYTES = 8 * 1024 ** 3;

/**
 * Converts a range of a file piece by piece.
 * @param unit bytes of one block of values, and how many values it holds
 * @throws UserError `file-damaged` where the file ends before, `file-too-large`
 */
export async function decodeRange(
  path: string,
  offset: number,
  items: number,
  unit: { bytes: number; items: number },
  decode: (raw: Uint8Array<ArrayBuffer>, out: Float32Array) => void,
): Promise<Float32Array> {
  const bytes = (items / unit.items) * unit.bytes;
  if (!Number.isSafeInteger(bytes) || !(bytes <= MAX_TENSOR_BYTES) || !(items * 4 <= MAX_TENSOR_BYTES))
    throw new UserError('file-too-large', `a tensor of ${items} values is larger than ${MAX_TENSOR_BYTES} bytes`, {
      file: path,
    });
  const { handle, size } = await openFile(path);
  try {
    if (offset + bytes > size)
      throw new UserError('file-damaged', `it is cut short: bytes up to ${offset + bytes} are asked of its ${size}`, {
        file: path,
      });
    const out = new Float32Array(items);
    const pieceBytes = Math.min(bytes, Math.floor(PIECE / unit.bytes) * unit.bytes);
    const buffer = new Uint8Array(pieceBytes);
    for (let done = 0; done < bytes;) {
      const length = Math.min(pieceBytes, bytes - done);
      let got = 0;
      while (got < length) {
        const { bytesRead } = await handle.read(buffer, got, length - got, offset + done + got);
        if (bytesRead === 0) throw new UserError('file-damaged', 'it is cut short', { file: path });
        got += bytesRead;
      }
      const from = (done / unit.bytes) * unit.items;
      decode(buffer.subarray(0, length), out.subarray(from, from + (length / unit.bytes) * unit.items));
      done += length;
    }
    return out;
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await handle.close();
  }
}

/** Plain little-endian numbers of a range as float32. */
export function decodeNumbers(path: string, offset: number, items: number, dtype: Dtype): Promise<Float32Array> {
  return decodeRange(path, offset, items, { bytes: DTYPE_BYTES[dtype], items: 1 }, (raw, out) => {
    intoFloat32(dtype, typedArray(dtype, raw.buffer, raw.byteOffset, raw.byteLength), out);
  });
}

function intoFloat32(dtype: Dtype, from: NumberArray, out: Float32Array): void {
  if (dtype === 'float16') halvesInto(from as Uint16Array, out);
  else if (dtype === 'bfloat16') bfloatsInto(from as Uint16Array, out);
  else if (from instanceof BigInt64Array || from instanceof BigUint64Array)
    for (let i = 0; i < out.length; i++) out[i] = Number(from[i]);
  else out.set(from);
}
