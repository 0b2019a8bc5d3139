import type { VoxelType } from '@shared/domain';
import { swapEndian } from './swap';
import type { StoredArray } from './types';

export const VOXEL_BYTES: Readonly<Record<VoxelType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
};

const VIEWS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/**
 * Bytes as numbers. A view of them where they lie well in memory and are little-endian, else a copy.
 * @param bytes a whole number of values
 */
export function asVoxels(type: VoxelType, bytes: Uint8Array, bigEndian: boolean): StoredArray {
  const width = VOXEL_BYTES[type];
  const own = bytes.byteOffset % width === 0 && !(bigEndian && width > 1) ? bytes : bytes.slice();
  if (bigEndian) swapEndian(own, width);
  const buffer = own.buffer as ArrayBuffer;
  const count = own.byteLength / width;
  if (type === 'int64' || type === 'uint64') {
    const View = type === 'int64' ? BigInt64Array : BigUint64Array;
    return Float64Array.from(new View(buffer, own.byteOffset, count), Number);
  }
  return new VIEWS[type](buffer, own.byteOffset, count);
}
