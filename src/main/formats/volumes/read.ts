import { createHash } from 'node:crypto';
import type { VolumeInfo } from '@shared/domain';
import { inOrder } from './order';
import { VolumeProblem } from './problem';
import type { OpenVolume, StoredArray } from './types';

/** One slice of values after rescale. */
export interface ValueSlice {
  readonly index: number;
  readonly values: Float32Array;
}

/** Value = stored × slope + intercept in float64, rounded once. */
export function valuesOf(stored: StoredArray, { slope, intercept }: OpenVolume['scaling']): Float32Array {
  if (slope === 1 && intercept === 0) return stored instanceof Float32Array ? stored : new Float32Array(stored);
  const out = new Float32Array(stored.length);
  for (let i = 0; i < out.length; i++) out[i] = stored[i]! * slope + intercept;
  return out;
}

/**
 * Reads a volume from its first slice to its last and says what is in it.
 * @param take gets each slice of values, in order, before anything is known to be right
 * @throws VolumeProblem
 */
export async function describe(
  volume: OpenVolume,
  o: { take?: (slice: ValueSlice, stored: StoredArray) => void | Promise<void>; signal?: AbortSignal } = {},
): Promise<VolumeInfo> {
  const { header } = volume;
  const hash = createHash('sha256');
  let [min, max, sum, finite, odd] = [Infinity, -Infinity, 0, 0, 0];
  for await (const { index, values: stored } of volume.slices(inOrder(header.size[2]), o.signal)) {
    const values = valuesOf(stored, volume.scaling);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    for (const value of values) {
      if (!Number.isFinite(value)) {
        odd++;
        continue;
      }
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      finite++;
    }
    await o.take?.({ index, values }, stored);
  }
  if (finite === 0) throw new VolumeProblem(header.files[0]!, 'not-finite');
  const notes = [...header.notes, ...(volume.late ?? [])];
  if (odd > 0) notes.push({ code: 'not-finite', values: { count: odd } });
  return { ...header, notes, min, max, mean: sum / finite, sha256: hash.digest('hex') };
}
