import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aucEstimate, bootstrap, delong, pairedAuc, wilson } from '@main/insight';
import { normalCdf, normalQuantile } from '@main/insight/normal';
import { rank } from '@main/insight/ranking';
import { rocCurves, sensitivityAt } from '@main/insight/roc';

/** Made by `make_intervals.py` beside it: textbook DeLong by its double loop, scipy's Wilson and BCa, scikit-learn's ROC. */
const known = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../fixtures/insight/intervals.json'), 'utf8'),
) as {
  delong: { y: number[]; a: number[]; b: number[]; aucs: number[]; covariance: number[][] };
  wilson: { k: number; n: number; low: number; high: number }[];
  bca: { x: number[]; mean: [number, number]; auc: [number, number] };
  grouped: { groups: number[]; auc: [number, number] };
  sensitivityAt90: number;
  roc: [number, number][];
  normal: [number, number][];
};
const { y, a, b } = known.delong;
const positive = Uint8Array.from(y);
const alone = y.map((_, i) => i);
const twoColumns = (scores: readonly number[]): number[] => scores.flatMap((s) => [-s, s]);
const scored = (groups: number[]) => ({ labels: y, probabilities: twoColumns(a), classes: 2, groups });

describe('intervals', () => {
  it('DeLong’s covariance', () => {
    const ours = delong([a, b], positive);
    ours.aucs.forEach((value, i) => expect(value).toBeCloseTo(known.delong.aucs[i]!, 12));
    ours.covariance.flat().forEach((value, i) => expect(value).toBeCloseTo(known.delong.covariance.flat()[i]!, 12));
  });

  it('AUC of independent samples takes DeLong’s', () => {
    const estimate = aucEstimate(scored(alone));
    const half = 1.959963984540054 * Math.sqrt(known.delong.covariance[0]![0]!);
    expect(estimate.method).toBe('delong');
    expect(estimate.low).toBeCloseTo(known.delong.aucs[0]! - half, 12);
    expect(estimate.high).toBeCloseTo(known.delong.aucs[0]! + half, 12);
  });

  it('paired difference takes DeLong’s covariance of both', () => {
    const [v, u] = known.delong.covariance as [number[], number[]];
    const half = 1.959963984540054 * Math.sqrt(v[0]! + u[1]! - 2 * v[1]!);
    const difference = pairedAuc(scored(alone), twoColumns(a), twoColumns(b));
    expect(difference.value).toBeCloseTo(known.delong.aucs[0]! - known.delong.aucs[1]!, 12);
    expect(difference.low).toBeCloseTo(known.delong.aucs[0]! - known.delong.aucs[1]! - half, 12);
  });

  it.each(known.wilson)('Wilson $k of $n', ({ k, n, low, high }) => {
    expect(wilson(k, n).low).toBeCloseTo(low, 12);
    expect(wilson(k, n).high).toBeCloseTo(high, 12);
  });

  it('BCa of a skewed mean', () => {
    const { x } = known.bca;
    const mean = (w: Float64Array | null): number[] => {
      let [sum, all] = [0, 0];
      x.forEach((value, i) => {
        sum += value * (w ? w[i]! : 1);
        all += w ? w[i]! : 1;
      });
      return [sum / all];
    };
    const ours = bootstrap(
      x.map((_, i) => i),
      mean,
      { resamples: 20_000 },
    )[0]!;
    // The interval is 1.06 wide; two runs of 20,000 resamples differ by about 1 % of it.
    expect(Math.abs(ours.low! - known.bca.mean[0])).toBeLessThan(0.02);
    expect(Math.abs(ours.high! - known.bca.mean[1])).toBeLessThan(0.03);
  });

  it('BCa of an AUC over groups of unequal size', () => {
    const estimate = aucEstimate(scored(known.grouped.groups));
    expect(estimate.method).toBe('bootstrap');
    expect(Math.abs(estimate.low! - known.grouped.auc[0])).toBeLessThan(0.01);
    expect(Math.abs(estimate.high! - known.grouped.auc[1])).toBeLessThan(0.01);
  });

  it.each(known.normal)('normal quantile of %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 9);
    expect(normalCdf(z)).toBeCloseTo(p, 12);
  });
});

describe('the ROC curve', () => {
  it('goes through scikit-learn’s points, with fewer of its own', () => {
    const points = rocCurves(scored(alone), [1], { seed: 1, intervals: false })[0]!.points;
    const onCurve = ([fpr, tpr]: readonly [number, number]): boolean =>
      points.some((to, k) => {
        const from = points[Math.max(0, k - 1)]!;
        const area = (to.fpr - from.fpr) * (tpr - from.tpr) - (to.tpr - from.tpr) * (fpr - from.fpr);
        const inside =
          fpr >= from.fpr - 1e-12 && fpr <= to.fpr + 1e-12 && tpr >= from.tpr - 1e-12 && tpr <= to.tpr + 1e-12;
        return inside && Math.abs(area) < 1e-12;
      });
    expect(known.roc.filter((point) => !onCurve(point))).toEqual([]);
    const theirs = new Set(known.roc.map(([fpr, tpr]) => `${fpr.toFixed(9)} ${tpr.toFixed(9)}`));
    expect(points.filter(({ fpr, tpr }) => !theirs.has(`${fpr.toFixed(9)} ${tpr.toFixed(9)}`))).toEqual([]);
    expect(points.length).toBeLessThan(known.roc.length);
  });

  it('has scikit-learn’s sensitivity at 90 % specificity', () => {
    expect(sensitivityAt(rank(a), positive, null, 0.1)).toBeCloseTo(known.sensitivityAt90, 12);
  });
});
