import { totalmem } from 'node:os';
import { VolumeProblem } from './problem';

/** Deflate cannot do better than 1032 to 1 (zlib's own figure). */
const DEFLATE_RATIO = 1032;
const MOST_BYTES = 8 * 2 ** 30;
const MOST_SIDE = 65_536;

/** Bytes of voxels that one volume may have on this machine. */
export const mostVoxelBytes = (): number => Math.min(MOST_BYTES, Math.floor(totalmem() / 2));

/** Bytes of voxels, or why there cannot be so many. @throws VolumeProblem */
export function checkedBytes(file: string, dims: readonly number[], bytesPerVoxel: number): number {
  for (const n of dims)
    if (!Number.isInteger(n) || n < 1 || n > MOST_SIDE)
      throw new VolumeProblem(file, 'header-impossible', { detail: `${dims.join(' × ')} voxels` });
  const bytes = dims.reduce((product, n) => product * n, bytesPerVoxel);
  return withinLimit(file, bytes);
}

export function withinLimit(file: string, bytes: number): number {
  const limit = mostVoxelBytes();
  if (bytes > limit) throw new VolumeProblem(file, 'too-large', { bytes, limit });
  return bytes;
}

/** Refuses before allocation what so few compressed bytes cannot hold. */
export function checkDeflated(file: string, compressed: number, need: number): void {
  const have = compressed * DEFLATE_RATIO;
  if (have < need) throw truncated(file, have, need);
}

export const truncated = (file: string, have: number, need: number, cause?: unknown): VolumeProblem =>
  new VolumeProblem(file, 'truncated', { have, need, missing: need - have }, { cause });
