import { paddingIn } from './resample';
import type { Voxels } from './types';

/**
 * Percentiles of a volume's values, padding and what is no number left out; exactly and without sorting: two counting passes over the bits
 * of float32, which lie in the order of the numbers once the sign is turned. Between two ranks the value is interpolated, as NumPy does it.
 * @param asked in percent
 * @returns NaN where no value counts
 */
export function percentilesOf(voxels: Voxels, asked: readonly number[]): number[] {
  const { stored, scaling } = voxels;
  const { slope, intercept } = scaling;
  const [from, to] = paddingIn(voxels);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  const each = (take: (order: number) => void): void => {
    for (const one of stored) {
      if ((one >= from && one <= to) || one - one !== 0) continue;
      value[0] = one * slope + intercept;
      take(ordered(bits[0]!));
    }
  };
  const high = new Uint32Array(1 << 16);
  let count = 0;
  each((order) => {
    high[order >>> 16]!++;
    count++;
  });
  if (count === 0) return asked.map(() => NaN);
  const ranks = asked.map((percent) => (percent / 100) * (count - 1));
  const wanted = new Map(ranks.flatMap((r) => [Math.floor(r), Math.ceil(r)]).map((rank) => [rank, binOf(high, rank)]));
  const low = new Map([...wanted.values()].map(({ bin }) => [bin, new Uint32Array(1 << 16)]));
  each((order) => {
    const bin = low.get(order >>> 16);
    if (bin) bin[order & 0xffff]!++;
  });
  const valueAt = (rank: number): number => {
    const { bin, within } = wanted.get(rank)!;
    return numberOf(((bin << 16) | binOf(low.get(bin)!, within).bin) >>> 0);
  };
  return ranks.map((rank) => {
    const [below, above] = [valueAt(Math.floor(rank)), valueAt(Math.ceil(rank))];
    return below + (above - below) * (rank - Math.floor(rank));
  });
}

/** The bin in which a rank lies, and its rank within. */
function binOf(counts: Uint32Array, rank: number): { bin: number; within: number } {
  let before = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    if (before + counts[bin]! > rank) return { bin, within: rank - before };
    before += counts[bin]!;
  }
  throw new Error(`there is no rank ${rank} among ${before} values`);
}

/** Bits of a float32 as a number that grows with it. */
const ordered = (bits: number): number => (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;

function numberOf(order: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, order & 0x80000000 ? order & 0x7fffffff : ~order >>> 0);
  return view.getFloat32(0);
}
