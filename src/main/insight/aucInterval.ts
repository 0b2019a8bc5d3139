import type { Estimate } from '@shared/domain';
import { bootstrap, compactGroups } from './bootstrap';
import { delong } from './delong';
import { Z95 } from './normal';
import { aucUnderWeights, finite } from './official';
import { oneAgainstRest } from './ranking';
import type { Grouped, PairedDifference, Probabilities } from './types';

/** Every group holds one sample: methods for independent samples may be used. */
export const independent = (groups: ArrayLike<number>): boolean => compactGroups(groups).count === groups.length;

/** The official AUC with its 95 % interval: DeLong's for two classes and one sample a group, else BCa over groups. */
export function aucEstimate(scored: Grouped, seed = 1): Estimate {
  if (!scored.answers && scored.classes === 2 && independent(scored.groups)) {
    const { positive, scores } = oneAgainstRest(scored.labels, scored.probabilities, 2, 1);
    const { aucs, covariance } = delong([scores], positive);
    return normalInterval(aucs[0]!, covariance[0]![0]!, [0, 1]);
  }
  const under = aucUnderWeights(scored);
  return bootstrap(scored.groups, (weights) => [under(weights)], { seed })[0]!;
}

/**
 * Difference of the official AUC of two predictors on the same samples, first less second, with its 95 % interval from
 * the paired method (DeLong's covariance, or resampling both together by group). A `low` above 0 is what
 * docs/science.md, section 6, asks of a residual mode before it predicts by default.
 */
export function pairedAuc(
  samples: Omit<Grouped, 'probabilities'>,
  first: Probabilities,
  second: Probabilities,
  seed = 1,
): PairedDifference {
  const scored = [first, second].map((probabilities) => ({ ...samples, probabilities }));
  if (!samples.answers && samples.classes === 2 && independent(samples.groups)) {
    const sides = scored.map((s) => oneAgainstRest(s.labels, s.probabilities, 2, 1));
    const { aucs, covariance: v } = delong(
      sides.map((side) => side.scores),
      sides[0]!.positive,
    );
    const variance = v[0]![0]! + v[1]![1]! - 2 * v[0]![1]!;
    return {
      ...normalInterval(aucs[0]! - aucs[1]!, variance, [-1, 1]),
      first: finite(aucs[0]!),
      second: finite(aucs[1]!),
    };
  }
  const [a, b] = scored.map(aucUnderWeights);
  const estimate = bootstrap(samples.groups, (weights) => [a!(weights) - b!(weights)], { seed })[0]!;
  return { ...estimate, first: finite(a!(null)), second: finite(b!(null)) };
}

/** Without spread there is no interval: DeLong's says nothing of a perfect ranking. */
function normalInterval(value: number, variance: number, [least, most]: readonly [number, number]): Estimate {
  if (!Number.isFinite(value)) return { value: null, low: null, high: null, method: 'none' };
  if (!(variance > 0)) return { value, low: null, high: null, method: 'none' };
  const half = Z95 * Math.sqrt(variance);
  return { value, low: Math.max(least, value - half), high: Math.min(most, value + half), method: 'delong' };
}
