import type { Figures } from '@shared/domain';
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
      const bin = bins[Math.min(BINS - 1, Math.floor((BINS * (before + weight / 2)) / total))]!;
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

/** The reliability diagram: the same ten bins, each observed share with Wilson's interval. */
export function reliability(claims: Claims): Figures['reliability'] {
  return binned(claims)(null).map((bin) => ({
    predicted: bin[1]! / bin[0]!,
    observed: bin[2]! / bin[0]!,
    ...wilson(bin[2]!, bin[0]!),
    count: bin[0]!,
  }));
}
