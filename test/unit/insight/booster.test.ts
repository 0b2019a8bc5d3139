import { describe, expect, it } from 'vitest';
import { boosterResultOf, verdictOf } from '@main/insight/booster';
import { correctedDifference, holm } from '@main/insight/repeatedFolds';
import { studentCdf, studentQuantile } from '@main/insight/student';
import { seededRandom } from '@main/insight/random';
import type { BoosterArm, BoosterComparison } from '@shared/domain';

describe('Student’s t', () => {
  // scipy 1.x, stats.t
  it.each([
    [0, 5, 0.5],
    [1, 1, 0.75],
    [-2.5, 24, 0.009827087558289392],
    [4, 2.5, 0.9804935120793409],
    [12, 24, 0.9999999999937507],
    [0.3, 100, 0.6176000598498482],
    [-30, 3, 4.067640213581979e-5],
  ])('cdf(%f, %f)', (t, df, expected) => {
    expect(Math.abs(studentCdf(t, df) - expected)).toBeLessThan(1e-12);
  });
  it.each([
    [0.975, 24, 2.0638985616280245],
    [0.95, 24, 1.710882079909428],
    [0.9, 1, 3.0776835371752544],
    [0.005, 3, -5.840909309733357],
    [0.5, 7, 0],
  ])('quantile(%f, %f)', (p, df, expected) => {
    expect(studentQuantile(p, df)).toBeCloseTo(expected, 9);
  });
});

describe('differences over repeated folds', () => {
  const differences = [0.02, -0.01, 0.03, 0.015, 0, 0.04, -0.02, 0.01, 0.025, 0.005];
  it('have a variance that counts how training sets overlap', () => {
    // By numpy and scipy: (1/10 + 1/4) s², 9 degrees of freedom.
    const { mean, p, interval } = correctedDifference(differences, 0.25);
    expect(mean).toBeCloseTo(0.0115, 12);
    expect(p).toBeCloseTo(0.31870676658299024, 10);
    expect(interval(0.95).low).toBeCloseTo(-0.013146961001129352, 10);
    expect(interval(0.95).high).toBeCloseTo(0.03614696100112935, 10);
  });
  it('that never vary are certain, and none is', () => {
    expect(correctedDifference([0.1, 0.1, 0.1], 0.25).p).toBeCloseTo(0, 12);
    expect(correctedDifference([0, 0], 0.25)).toMatchObject({ mean: 0, p: 1 });
  });
  it('are adjusted for being several', () => {
    // statsmodels, multipletests(method='holm')
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => +p.toFixed(6))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });
});

const comparison = (first: BoosterArm, second: BoosterArm, mean: number, pHolm: number): BoosterComparison => ({
  first,
  second,
  mean,
  low: mean - 0.01,
  high: mean + 0.01,
  low90: mean - 0.008,
  high90: mean + 0.008,
  p: pHolm,
  pHolm,
  bootstrap: null,
});
/** Differences of block − plain, block − random, block − mlp, random − plain, mlp − plain; a star is significant. */
const said = (...values: [number, boolean][]): BoosterComparison[] =>
  (
    [
      ['block', 'plain'],
      ['block', 'random'],
      ['block', 'mlp'],
      ['random', 'plain'],
      ['mlp', 'plain'],
    ] as const
  ).map(([first, second], i) => comparison(first, second, values[i]![0], values[i]![1] ? 0.01 : 0.5));
const enough = { delta: 0.01, seeds: 5, groups: 50 };
const [yes, no] = [true, false];

describe('what the check concludes', () => {
  const helps = said([0.05, yes], [0.04, yes], [0.04, yes], [0.01, no], [0.01, no]);
  it.each([
    ['helps', helps],
    ['structure', said([0.05, yes], [0.01, no], [0.04, yes], [0.04, yes], [0.01, no])],
    ['more-parameters', said([0.05, yes], [0.01, no], [0.01, no], [0.04, yes], [0.04, yes])],
    ['more-parameters', said([0.02, no], [0.01, no], [0, no], [0.02, no], [0.04, yes])],
    ['hurts', said([-0.05, yes], [0, no], [0, no], [-0.04, yes], [0, no])],
    ['hurts', said([-0.05, yes], [0, no], [-0.1, yes], [0, no], [0.05, yes])],
    ['smaller-than-delta', said([0.001, no], [0, no], [0, no], [0, no], [0, no])],
    ['cannot-tell', said([0.05, no], [0, no], [0, no], [0, no], [0, no])],
    // Above plain alone is no evidence for what the block was trained on.
    ['cannot-tell', said([0.05, yes], [0.02, no], [0.02, no], [0.02, no], [0.02, no])],
  ] as const)('%s', (verdict, comparisons) => {
    expect(verdictOf(comparisons, enough)).toBe(verdict);
  });
  it.each([
    { ...enough, seeds: 4 },
    { ...enough, groups: 49 },
  ])('nothing from too little data', (few) => {
    expect(verdictOf(helps, few)).toBe('too-little-data');
  });
});

describe('the whole comparison', () => {
  const n = 200;
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const samples = { labels, classes: 2, groups: Uint32Array.from({ length: n }, (_, i) => i >> 1) };
  const folds = Array.from({ length: 5 }, (_, s) => Uint8Array.from({ length: n }, (_, i) => ((i >> 1) + s) % 5));
  /** Probabilities that see the label through noise. */
  const seeing = (signal: number, seed: number): Float32Array => {
    const random = seededRandom(seed);
    const out = new Float32Array(2 * n);
    for (let i = 0; i < n; i++) {
      const p = 1 / (1 + Math.exp(-(signal * (labels[i]! * 2 - 1) + 4 * (random() - 0.5))));
      out.set([1 - p, p], 2 * i);
    }
    return out;
  };
  const arm = (signal: number, at: number): Float32Array[] => folds.map((_, s) => seeing(signal, 100 * at + s));

  it('finds a block that sees more than all others, with intervals on both sides of the difference', () => {
    const result = boosterResultOf({
      samples,
      folds,
      foldCount: 5,
      delta: 0.01,
      probabilities: { plain: arm(0.4, 1), block: arm(1.6, 2), random: arm(0.5, 3), mlp: arm(0.5, 4) },
    });
    expect(result).toMatchObject({ verdict: 'helps', seeds: 5, folds: 5, groups: 100, samples: n });
    const [first] = result.comparisons;
    expect(first).toMatchObject({ first: 'block', second: 'plain' });
    const [block, plain] = ['block', 'plain'].map((name) => result.arms.find((a) => a.arm === name)!.auc!);
    expect(first!.mean).toBeCloseTo(block! - plain!, 1);
    expect(first!.low).toBeLessThan(first!.mean);
    expect(first!.bootstrap!.low).toBeGreaterThan(0);
    expect(first!.bootstrap!.high).toBeGreaterThan(first!.mean - 0.05);
  });
  it('claims nothing where all arms see the same', () => {
    const result = boosterResultOf({
      samples,
      folds,
      foldCount: 5,
      delta: 0.01,
      probabilities: { plain: arm(1, 1), block: arm(1, 2), random: arm(1, 3), mlp: arm(1, 4) },
    });
    expect(['cannot-tell', 'smaller-than-delta']).toContain(result.verdict);
  });
});
