import type { VoxelType } from '@shared/domain';
import { bytesAt, sizeOf } from './files';
import { truncated } from './limits';
import { VolumeProblem } from './problem';
import { memorySource } from './source';
import type { VoxelSource } from './source';
import { VOXEL_BYTES } from './voxels';

/** Numbers in a text take more room than any volume worth it. */
const MOST_TEXT = 512 * 2 ** 20;

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Voxels written as decimal numbers between white space or commas. @param bytes that they have in memory */
export async function textSource(file: string, start: number, bytes: number, type: VoxelType): Promise<VoxelSource> {
  const size = await sizeOf(file);
  if (size - start > MOST_TEXT) throw new VolumeProblem(file, 'too-large', { bytes: size - start, limit: MOST_TEXT });
  const count = bytes / VOXEL_BYTES[type];
  // A digit and a space a number are the least.
  if (size - start < 2 * count - 1) throw truncated(file, ((size - start + 1) / 2) * VOXEL_BYTES[type], bytes);
  const text = (await bytesAt(file, start, size - start)).toString('latin1');
  const values = new ARRAYS[type](count);
  const number = /[^\s,]+/g;
  for (let i = 0; i < count; i++) {
    const word = number.exec(text)?.[0];
    if (word === undefined) throw truncated(file, i * VOXEL_BYTES[type], bytes);
    const value = /^[+-]?(nan|inf)/i.test(word) ? notFinite(word) : Number(word);
    if (Number.isNaN(value) && !/nan/i.test(word))
      throw new VolumeProblem(file, 'header-damaged', { detail: `"${word.slice(0, 20)}" is no number` });
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      if (!/^[+-]?\d+$/.test(word))
        throw new VolumeProblem(file, 'header-damaged', { detail: `"${word.slice(0, 20)}" is no whole number` });
      values[i] = BigInt(word);
    } else values[i] = value;
  }
  return memorySource(new Uint8Array(values.buffer));
}

const notFinite = (word: string): number => (/nan/i.test(word) ? NaN : word.startsWith('-') ? -Infinity : Infinity);
