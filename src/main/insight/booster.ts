import type { BoosterArm, BoosterComparison, BoosterResult, BoosterVerdict } from '@shared/domain';
import { compactGroups, quantile, RESAMPLES } from './bootstrap';
import { auc, aucUnderWeights } from './official';
import { seededRandom } from './random';
import { correctedDifference, holm } from './repeatedFolds';
import type { Grouped } from './types';

/** Fewer repetitions or groups decide nothing. */
const FEWEST_SEEDS = 5;
const FEWEST_GROUPS = 50;
const SIGNIFICANT = 0.05;

/** Compared: the block with every other arm, and what could stand in its place with none. */
const PAIRS: readonly (readonly [BoosterArm, BoosterArm])[] = [
  ['block', 'plain'],
  ['block', 'random'],
  ['block', 'mlp'],
  ['random', 'plain'],
  ['mlp', 'plain'],
];

export interface BoosterAnswers {
  readonly samples: Omit<Grouped, 'probabilities'>;
  readonly foldCount: number;
  /** [seeds] of [n]: the fold that held a sample out. */
  readonly folds: readonly Uint8Array[];
  /** By arm, [seeds] of [n, C]: out-of-fold probabilities. */
  readonly probabilities: Readonly<Record<BoosterArm, readonly Float32Array[]>>;
  /** A difference of AUC that would not matter. */
  readonly delta: number;
}

/** Compares the arms of a booster check by their out-of-fold AUC, and concludes. */
export function boosterResultOf(answers: BoosterAnswers): BoosterResult {
  const { samples, folds, foldCount, probabilities, delta } = answers;
  const arms = Object.keys(probabilities) as BoosterArm[];
  const comparisons = compare(answers);
  const groups = compactGroups(samples.groups).count;
  return {
    verdict: verdictOf(comparisons, { delta, seeds: folds.length, groups }),
    delta,
    seeds: folds.length,
    folds: foldCount,
    groups,
    samples: samples.groups.length,
    arms: arms.map((arm) => {
      const perSeed = probabilities[arm].map((p) => auc({ ...samples, probabilities: p }));
      const known = perSeed.filter((value) => value !== null);
      const mean = known.length < perSeed.length ? null : known.reduce((a, b) => a + b, 0) / known.length;
      return { arm, auc: mean, perSeed };
    }),
    comparisons,
  };
}

function compare(answers: BoosterAnswers): BoosterComparison[] {
  const { foldCount, probabilities } = answers;
  const perFold = Object.fromEntries(
    Object.entries(probabilities).map(([arm, all]) => [arm, foldAucs(answers, all)]),
  ) as Record<BoosterArm, (number | null)[]>;
  const drawn = resampled(answers);
  const pairs = PAIRS.map(([first, second]) => {
    // A fold without both sides has no AUC, in no arm.
    const differences = perFold[first].flatMap((a, i) => {
      const b = perFold[second][i];
      return a === null || b == null ? [] : [a - b];
    });
    return { first, second, differences };
  }).filter(({ differences }) => differences.length > 1);
  const tests = pairs.map(({ differences }) => correctedDifference(differences, 1 / (foldCount - 1)));
  const adjusted = holm(tests.map(({ p }) => p));
  return pairs.map(({ first, second }, i) => {
    const { mean, p, interval } = tests[i]!;
    const narrow = interval(0.9);
    return {
      first,
      second,
      mean,
      ...interval(0.95),
      low90: narrow.low,
      high90: narrow.high,
      p,
      pHolm: adjusted[i]!,
      bootstrap: percentiles(drawn[first], drawn[second]),
    };
  });
}

/** The AUC within each fold of each repetition; null where a fold lacks a side. */
function foldAucs({ samples, folds, foldCount }: BoosterAnswers, all: readonly Float32Array[]): (number | null)[] {
  const { classes } = samples;
  return all.flatMap((probabilities, seed) =>
    Array.from({ length: foldCount }, (_, fold) => {
      const rows = [...folds[seed]!.keys()].filter((row) => folds[seed]![row] === fold);
      const part = new Float32Array(rows.length * classes);
      rows.forEach((row, i) => part.set(probabilities.subarray(row * classes, (row + 1) * classes), i * classes));
      const answers = samples.answers && pickRows(samples.answers, rows, classes);
      const labels = Int32Array.from(rows, (row) => samples.labels[row]!);
      return auc({ ...samples, labels, answers, probabilities: part });
    }),
  );
}

function pickRows(codes: ArrayLike<number>, rows: readonly number[], width: number): Uint8Array {
  const out = new Uint8Array(rows.length * width);
  rows.forEach((row, i) => {
    for (let c = 0; c < width; c++) out[i * width + c] = codes[row * width + c]!;
  });
  return out;
}

/** Mean AUC of each arm under resamples of groups and of repetitions, the same for all arms. */
function resampled({ samples, folds, probabilities }: BoosterAnswers): Record<BoosterArm, Float64Array> {
  const { of, count } = compactGroups(samples.groups);
  const arms = Object.keys(probabilities) as BoosterArm[];
  const under = Object.fromEntries(
    arms.map((arm) => [arm, probabilities[arm].map((p) => aucUnderWeights({ ...samples, probabilities: p }))]),
  );
  const random = seededRandom(1);
  const out = Object.fromEntries(arms.map((arm) => [arm, new Float64Array(RESAMPLES)])) as Record<
    BoosterArm,
    Float64Array
  >;
  const weights = new Float64Array(of.length);
  for (let draw = 0; draw < RESAMPLES; draw++) {
    const times = new Float64Array(count);
    for (let i = 0; i < count; i++) times[Math.floor(random() * count)]!++;
    for (let i = 0; i < of.length; i++) weights[i] = times[of[i]!]!;
    const seeds = folds.map(() => Math.floor(random() * folds.length));
    for (const arm of arms)
      out[arm][draw] = seeds.reduce((sum, seed) => sum + under[arm]![seed]!(weights), 0) / seeds.length;
  }
  return out;
}

function percentiles(first: Float64Array, second: Float64Array): { low: number; high: number } | null {
  const sorted = first
    .map((value, i) => value - second[i]!)
    .filter(Number.isFinite)
    .sort();
  if (sorted.length < 0.9 * first.length) return null;
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/**
 * One of the sentences that the check ends with, decided by the corrected tests (Holm over all comparisons). "More parameters" is
 * asked before "structure": where two plain layers help as much as the block, its structure need not be what does it.
 */
export function verdictOf(
  comparisons: readonly BoosterComparison[],
  { delta, seeds, groups }: { delta: number; seeds: number; groups: number },
): BoosterVerdict {
  const pair = (first: BoosterArm, second: BoosterArm): BoosterComparison | undefined =>
    comparisons.find((c) => c.first === first && c.second === second);
  const above = (first: BoosterArm, second: BoosterArm): boolean => {
    const found = pair(first, second);
    return found !== undefined && found.pHolm < SIGNIFICANT && found.mean > 0;
  };
  const whole = pair('block', 'plain');
  if (seeds < FEWEST_SEEDS || groups < FEWEST_GROUPS || comparisons.length < PAIRS.length || !whole)
    return 'too-little-data';
  if (above('block', 'plain') && above('block', 'random') && above('block', 'mlp')) return 'helps';
  // A harm is never hidden behind what helps in its place.
  if (whole.pHolm < SIGNIFICANT && whole.mean < 0) return 'hurts';
  if (above('mlp', 'plain') && !above('block', 'mlp')) return 'more-parameters';
  if (above('block', 'plain') && above('random', 'plain') && !above('block', 'random')) return 'structure';
  if (whole.low90 > -delta && whole.high90 < delta) return 'smaller-than-delta';
  return 'cannot-tell';
}
