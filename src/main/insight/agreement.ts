import type { Scored } from './types';

/** Weighted counts [label][decision]; whole numbers without weights. */
export type Confusion = readonly (readonly number[])[];

/** @param labels [n] columns @param decisions [n] columns @param weights [n] */
export function confusionOf(
  labels: ArrayLike<number>,
  decisions: ArrayLike<number>,
  classes: number,
  weights: Float64Array | null = null,
): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]![decisions[i]!]! += weights ? weights[i]! : 1;
  return counts;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean recall over the classes that occur. NaN without samples. */
export function balancedAccuracy(confusion: Confusion): number {
  const recalls = confusion.flatMap((row, label) => (sum(row) > 0 ? [row[label]! / sum(row)] : []));
  return sum(recalls) / recalls.length;
}

/** Cohen's kappa; `quadratic` weighs a disagreement by the square of its distance. NaN where chance alone decides. */
export function kappa(confusion: Confusion, weighting: 'none' | 'quadratic' = 'none'): number {
  const rows = confusion.map(sum);
  const columns = confusion.map((_, c) => sum(confusion.map((row) => row[c]!)));
  const all = sum(rows);
  let [seen, byChance] = [0, 0];
  confusion.forEach((row, i) =>
    row.forEach((count, j) => {
      const cost = weighting === 'quadratic' ? (i - j) ** 2 : Number(i !== j);
      seen += cost * count;
      byChance += (cost * rows[i]! * columns[j]!) / all;
    }),
  );
  return 1 - seen / byChance;
}

/** Mean distance in ranks between label and decision. */
export function meanAbsoluteError(confusion: Confusion): number {
  const all = sum(confusion.map(sum));
  return sum(confusion.flatMap((row, i) => row.map((count, j) => count * Math.abs(i - j)))) / all;
}

/** Everything that follows from a table of labels against decisions. */
export function agreementOf(confusion: Confusion): {
  acc: number;
  balancedAccuracy: number;
  f1Macro: number;
  kappa: number;
  kappaQuadratic: number;
  mcc: number;
} {
  const rows = confusion.map(sum);
  const columns = confusion.map((_, c) => sum(confusion.map((row) => row[c]!)));
  const all = sum(rows);
  const right = sum(confusion.map((row, i) => row[i]!));
  const squares = (totals: readonly number[]): number => sum(totals.map((t) => t * t));
  // Matthews' coefficient for any number of classes (Gorodkin 2004).
  const covariance = right * all - sum(rows.map((r, i) => r * columns[i]!));
  return {
    acc: right / all,
    balancedAccuracy: balancedAccuracy(confusion),
    f1Macro: sum(confusion.map((row, i) => (2 * row[i]!) / (rows[i]! + columns[i]! || 1))) / confusion.length,
    kappa: kappa(confusion),
    kappaQuadratic: kappa(confusion, 'quadratic'),
    mcc: covariance / Math.sqrt((all * all - squares(rows)) * (all * all - squares(columns))) || 0,
  };
}

/** Mean −log of the label's probability; probabilities are kept off 0 by double precision's epsilon, as scikit-learn does. */
export function logLoss({ labels, probabilities, classes }: Scored): number {
  let total = 0;
  for (let i = 0; i < labels.length; i++)
    total -= Math.log(Math.max(Number.EPSILON, probabilities[i * classes + labels[i]!]!));
  return total / labels.length;
}

/** Mean squared error of one class's probability (two classes: of either). */
export function brier(scores: ArrayLike<number>, positives: ArrayLike<number | boolean>): number {
  let total = 0;
  for (let i = 0; i < scores.length; i++) total += (scores[i]! - (positives[i] ? 1 : 0)) ** 2;
  return total / scores.length;
}
