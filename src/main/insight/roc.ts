import type { Figures } from '@shared/domain';
import { quantile, resample } from './bootstrap';
import { finite } from './official';
import { oneAgainstRest, rank, rankedAuc } from './ranking';
import type { Ranking } from './ranking';
import type { Grouped } from './types';

/** A curve is drawn through at most this many points. */
const MOST_POINTS = 200;

type Walk = (fpr: number, tpr: number) => void;

/** Visits the curve's points from (0, 0) to (1, 1), one for each distinct score. */
function walk({ order, ends }: Ranking, positive: Uint8Array, weights: Float64Array | null, visit: Walk): void {
  let [positives, negatives, tp, fp] = [0, 0, 0, 0];
  for (let i = 0; i < positive.length; i++) {
    if (positive[i]) positives += weights ? weights[i]! : 1;
    else negatives += weights ? weights[i]! : 1;
  }
  visit(0, 0);
  for (let place = order.length - 1; place >= 0; place--) {
    const sample = order[place]!;
    if (positive[sample]) tp += weights ? weights[sample]! : 1;
    else fp += weights ? weights[sample]! : 1;
    // Going down, a run of equal scores is over where the next lower place ends its own run.
    if (place === 0 || ends[place - 1]) visit(fp / negatives, tp / positives);
  }
}

/** The highest sensitivity at a false positive rate of at most `most`. NaN where one side is absent. */
export function sensitivityAt(
  ranking: Ranking,
  positive: Uint8Array,
  weights: Float64Array | null,
  most: number,
): number {
  let best = 0;
  let defined = true;
  walk(ranking, positive, weights, (fpr, tpr) => {
    if (!Number.isFinite(fpr + tpr)) defined = false;
    else if (fpr <= most + 1e-12 && tpr > best) best = tpr;
  });
  return defined ? best : NaN;
}

/** Sensitivities at the given false positive rates (ascending), by linear interpolation along the curve. */
function sensitivitiesAt(ranking: Ranking, positive: Uint8Array, weights: Float64Array | null, rates: Float64Array) {
  const out = new Float64Array(rates.length);
  let [at, lastFpr, lastTpr] = [0, 0, 0];
  walk(ranking, positive, weights, (fpr, tpr) => {
    while (at < rates.length && rates[at]! < fpr) {
      out[at] = lastTpr + ((rates[at]! - lastFpr) / (fpr - lastFpr)) * (tpr - lastTpr);
      at++;
    }
    lastFpr = fpr;
    lastTpr = tpr;
  });
  return out.fill(lastTpr, at);
}

/** The curve's corners: points on a straight line between their neighbours carry no news. */
function corners(ranking: Ranking, positive: Uint8Array): [number, number][] {
  const points: [number, number][] = [];
  walk(ranking, positive, null, (fpr, tpr) => {
    const [before, last] = [points.at(-2), points.at(-1)];
    if (before && last && (before[0] === last[0] ? last[0] === fpr : before[1] === last[1] && last[1] === tpr))
      points.pop();
    points.push([fpr, tpr]);
  });
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round(i * step)]!);
}

/**
 * ROC curves, one against rest, with pointwise 95 % bands of the sensitivity at each false positive rate: percentiles of
 * resamples over groups.
 * @param columns classes to draw
 * @param intervals false: the band is the curve itself
 */
export function rocCurves(
  scored: Grouped,
  columns: readonly number[],
  options: { seed: number; intervals: boolean },
): { column: number; auc: number | null; points: Figures['roc'][number]['points'] }[] {
  return columns.map((column) => {
    const { positive, scores } = oneAgainstRest(scored.labels, scored.probabilities, scored.classes, column);
    const ranking = rank(scores);
    const value = finite(rankedAuc(ranking, positive, null));
    if (value === null) return { column, auc: null, points: [] };
    const curve = corners(ranking, positive);
    const rates = Float64Array.from(curve, ([fpr]) => fpr);
    const draws = options.intervals
      ? resample(scored.groups, (w) => sensitivitiesAt(ranking, positive, w, rates), options.seed)
      : [];
    const points = curve.map(([fpr, tpr], k) => {
      const sorted = Float64Array.from(draws, (draw) => draw[k]!)
        .filter(Number.isFinite)
        .sort();
      if (sorted.length === 0) return { fpr, tpr, low: tpr, high: tpr };
      return { fpr, tpr, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
    });
    return { column, auc: value, points };
  });
}
