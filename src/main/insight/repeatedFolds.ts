import { studentCdf, studentQuantile } from './student';

/** A mean difference over repeated cross-validation. */
export interface CorrectedDifference {
  readonly mean: number;
  /** Two-sided, that the mean is 0. */
  readonly p: number;
  /** @param level e.g. .95 */
  interval(level: number): { low: number; high: number };
}

/**
 * The corrected resampled t-test: training sets of repeated folds overlap, so that the variance of the mean is
 * (1/n + n_test/n_train) s² instead of s²/n (Nadeau & Bengio 2003; for repeated folds Bouckaert & Frank 2004).
 * @param differences one a fold and repetition, two at least
 * @param share n_test / n_train, 1 / (k - 1) of k folds
 */
export function correctedDifference(differences: readonly number[], share: number): CorrectedDifference {
  const n = differences.length;
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  const error = Math.sqrt((1 / n + share) * variance);
  const p = error === 0 ? Number(mean === 0) : 2 * studentCdf(-Math.abs(mean) / error, n - 1);
  return {
    mean,
    p,
    interval: (level) => {
      const half = studentQuantile(0.5 + level / 2, n - 1) * error;
      return { low: mean - half, high: mean + half };
    },
  };
}

/** P-values adjusted for being several (Holm 1979), in the order given. */
export function holm(p: readonly number[]): number[] {
  const order = [...p.keys()].sort((a, b) => p[a]! - p[b]!);
  const out = new Array<number>(p.length);
  let most = 0;
  order.forEach((at, rank) => {
    most = Math.max(most, Math.min(1, (p.length - rank) * p[at]!));
    out[at] = most;
  });
  return out;
}
