import type { Figures } from '@shared/domain';
import { bootstrap, compactGroups } from './bootstrap';
import { rank } from './ranking';
import { wilson } from './wilson';

const BINS = 10;

/** Confidence beside what came true. */
export interface Claims {
  /** [n] the positive class's probability for two classes, else the largest. */
  readonly confidence: ArrayLike<number>;
  /** [n] 1 where it came true. */
  readonly outcome: Uint8Array;
}

/** The bin, of `BINS` of equal count, of a claim with so much weight before it. */
const binAt = (before: number, weight: number, total: number): number =>
  Math.min(BINS - 1, Math.floor((BINS * (before + weight / 2)) / total));

/** Sums of weight, confidence and outcome in bins of equal count, as a function of weights. */
function binned({ confidence, outcome }: Claims): (weights: Float64Array | null) => Float64Array[] {
  const { order } = rank(confidence);
  return (weights) => {
    const total = weights ? weights.reduce((all, w) => all + w, 0) : order.length;
    const bins = Array.from({ length: BINS }, () => new Float64Array(3)); // [weight, confidence, outcome]
    let before = 0;
    for (const sample of order) {
      const weight = weights ? weights[sample]! : 1;
      if (weight === 0) continue;
      const bin = bins[binAt(before, weight, total)]!;
      bin[0]! += weight;
      bin[1]! += weight * confidence[sample]!;
      bin[2]! += weight * outcome[sample]!;
      before += weight;
    }
    return bins.filter((bin) => bin[0]! > 0);
  };
}

/** Expected calibration error, ten bins of equal count (Naeini 2015, with adaptive bins), as a function of weights. */
export function calibrationErrorUnderWeights(claims: Claims): (weights: Float64Array | null) => number {
  const binsOf = binned(claims);
  return (weights) => {
    const bins = binsOf(weights);
    const total = bins.reduce((all, bin) => all + bin[0]!, 0);
    return bins.reduce((error, bin) => error + Math.abs(bin[1]! - bin[2]!), 0) / total;
  };
}

/** Expected calibration error; NaN without samples. */
export const calibrationError = (claims: Claims): number => calibrationErrorUnderWeights(claims)(null);

/**
 * The reliability diagram: the same ten bins, each observed share with its 95 % interval, Wilson's where each group has one claim in the diagram,
 * else over resamples of whole groups. A bin where all came true, or none, differs in no resample: there every group counts as one trial of Wilson's.
 * @param groups [n] of the claims
 * @param options `intervals: false`: both ends are the share itself
 */
export function reliability(
  claims: Claims,
  groups: ArrayLike<number>,
  { seed = 1, intervals = true }: { seed?: number; intervals?: boolean } = {},
): Figures['reliability'] {
  const { order } = rank(claims.confidence);
  const members: number[][] = Array.from({ length: BINS }, () => []);
  order.forEach((sample, place) => members[binAt(place, 1, order.length)]!.push(sample));
  const bins = members.filter((bin) => bin.length > 0);
  const sumOf = (bin: readonly number[], of: (sample: number) => number): number =>
    bin.reduce((sum, sample) => sum + of(sample), 0);
  const trials = bins.map((bin) => compactGroups(bin.map((sample) => groups[sample]!)).count);
  const single = compactGroups(groups).count === order.length;
  const shares = (weights: Float64Array | null): number[] => {
    const weight = (sample: number): number => (weights ? weights[sample]! : 1);
    return bins.map((bin) => sumOf(bin, (s) => weight(s) * claims.outcome[s]!) / sumOf(bin, weight));
  };
  const resampled = intervals && !single ? bootstrap(groups, shares, { seed }) : null;
  return bins.map((bin, b) => {
    const observed = sumOf(bin, (s) => claims.outcome[s]!) / bin.length;
    const drawn = resampled?.[b];
    const { low, high } = !intervals
      ? { low: observed, high: observed }
      : drawn && drawn.low !== null && drawn.high !== null
        ? { low: drawn.low, high: drawn.high }
        : wilson(observed * trials[b]!, trials[b]!);
    return { predicted: sumOf(bin, (s) => claims.confidence[s]!) / bin.length, observed, low, high, count: bin.length };
  });
}
