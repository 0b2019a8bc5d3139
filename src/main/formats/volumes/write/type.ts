import type { OpenVolume } from '../types';

/**
 * `stored`: the values stand in the file as they are meant, and go into the new one so. `float32`: they are rescaled, and written as what
 * they mean; 64-bit integers, which arrive as float64, too.
 */
export type WrittenType = 'stored' | 'float32';

export function writtenType({ header, scaling }: OpenVolume): WrittenType {
  const asMeant = scaling.slope === 1 && scaling.intercept === 0;
  return asMeant && header.type !== 'int64' && header.type !== 'uint64' ? 'stored' : 'float32';
}
