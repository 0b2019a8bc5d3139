import type { Estimate } from '@shared/domain';
import { normalCdf, normalQuantile, Z95 } from './normal';
import { finite } from './official';
import { seededRandom } from './random';

/** Values of some figures under weights of the samples; NaN where one is not defined. Weights null: all one. */
export type Statistics = (weights: Float64Array | null) => ArrayLike<number>;

export const RESAMPLES = 2000;
/** Above this many groups the jackknife leaves out blocks of groups: its acceleration needs no finer grain. */
const JACKKNIFE_BLOCKS = 1000;

/** [n] group numbers from 0 on, in order of first appearance. */
export function compactGroups(groups: ArrayLike<number>): { of: Uint32Array; count: number } {
  const seen = new Map<number, number>();
  const of = Uint32Array.from(groups, (group) => {
    const known = seen.get(group);
    if (known !== undefined) return known;
    seen.set(group, seen.size);
    return seen.size - 1;
  });
  return { of, count: seen.size };
}

/** Statistics of resamples of whole groups, drawn with replacement. */
export function resample(groups: ArrayLike<number>, statistics: Statistics, seed: number, resamples = RESAMPLES) {
  const { of, count } = compactGroups(groups);
  const random = seededRandom(seed);
  const drawn = new Float64Array(count);
  const weights = new Float64Array(of.length);
  return Array.from({ length: resamples }, () => {
    drawn.fill(0);
    for (let i = 0; i < count; i++) drawn[Math.floor(random() * count)]!++;
    for (let i = 0; i < of.length; i++) weights[i] = drawn[of[i]!]!;
    return Float64Array.from(statistics(weights));
  });
}

/**
 * Estimates with 95 % intervals by the bias-corrected and accelerated bootstrap over groups (Efron 1987).
 * Resamples in which a figure is not defined are left out; with more than a tenth of them, or where no resample differs
 * from the estimate, there is no interval: a width of nothing would claim certainty.
 * @param groups [n] samples with equal numbers are drawn together
 */
export function bootstrap(
  groups: ArrayLike<number>,
  statistics: Statistics,
  options: { seed?: number; resamples?: number } = {},
): Estimate[] {
  const values = Array.from(statistics(null));
  const draws = resample(groups, statistics, options.seed ?? 1, options.resamples);
  const left = jackknife(groups, statistics);
  return values.map((value, k) => {
    const none: Estimate = { value: finite(value), low: null, high: null, method: 'none' };
    const column = Float64Array.from(draws, (draw) => draw[k]!)
      .filter(Number.isFinite)
      .sort();
    if (!Number.isFinite(value) || column.length < 0.9 * draws.length || column.at(0) === column.at(-1)) return none;
    const interval = bca(
      value,
      column,
      left.map((row) => row[k]!),
    );
    return { value, ...interval, method: 'bootstrap' };
  });
}

/** Leaves out one group after the other (blocks of them where there are many). */
function jackknife(groups: ArrayLike<number>, statistics: Statistics): Float64Array[] {
  const { of, count } = compactGroups(groups);
  const blocks = Math.min(count, JACKKNIFE_BLOCKS);
  const weights = new Float64Array(of.length);
  return Array.from({ length: blocks }, (_, block) => {
    for (let i = 0; i < of.length; i++) weights[i] = of[i]! % blocks === block ? 0 : 1;
    return Float64Array.from(statistics(weights));
  });
}

/** @param sorted the resamples' values, ascending @param left the jackknife's */
function bca(value: number, sorted: Float64Array, left: readonly number[]): { low: number; high: number } {
  const below = (bound: number): number => sorted.reduce((count, draw) => count + Number(draw < bound), 0);
  const equal = sorted.reduce((count, draw) => count + Number(draw === value), 0);
  const share = (below(value) + equal / 2) / sorted.length;
  const edge = 0.5 / sorted.length;
  const bias = normalQuantile(Math.min(1 - edge, Math.max(edge, share)));
  const defined = left.filter(Number.isFinite);
  const centre = defined.reduce((total, v) => total + v, 0) / defined.length;
  const moment = (power: number): number => defined.reduce((total, v) => total + (centre - v) ** power, 0);
  const acceleration = moment(3) / (6 * moment(2) ** 1.5) || 0;
  const at = (z: number): number => quantile(sorted, normalCdf(bias + (bias + z) / (1 - acceleration * (bias + z))));
  return { low: at(-Z95), high: at(Z95) };
}

/** By linear interpolation between order statistics. @param sorted ascending, not empty */
export function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const floor = Math.floor(at);
  const low = sorted[floor]!;
  return low + (at - floor) * ((sorted[floor + 1] ?? low) - low);
}
