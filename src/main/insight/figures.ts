import { answersFiguresOf } from './answers';
import { decide } from '@shared/decision';
import { takesPart } from '@shared/domain';
import type { Estimate, Figures } from '@shared/domain';
import { balancedAccuracy, confusionOf, kappa, meanAbsoluteError } from './agreement';
import { accEstimate } from './accInterval';
import { aucEstimate } from './aucInterval';
import { bootstrap, compactGroups } from './bootstrap';
import { calibrationErrorUnderWeights, reliability } from './calibration';
import type { Claims } from './calibration';
import { acc, aucColumns, auc, finite, majorityRate } from './official';
import { oneAgainstRest, rank } from './ranking';
import { rocCurves, sensitivityAt } from './roc';
import { leftOut, pick } from './picked';
import type { FiguresInput, Grouped } from './types';
import { warningsOf } from './warnings';

/** Everything that the Check page says of one predictor on one scope: docs/science.md, section 5. Pure: equal input, equal answer. */
export function figuresOf(input: FiguresInput): Figures {
  if (input.answers) return answersFiguresOf(input);
  const classes = input.classIds.length;
  const seed = input.seed ?? 1;
  const intervals = input.intervals ?? true;
  const scored = pick(input, (row) => takesPart(input.states[row]!));
  const withUnsure = pick(input, (row) => takesPart(input.states[row]!) || input.states[row] === 'unsure');
  const positive = classes === 2 && input.positive !== null ? input.classIds.indexOf(input.positive) : null;
  const decisions = Int32Array.from(scored.labels, (_, row) =>
    decide(scored.probabilities, row, classes, input.rule, positive),
  );
  const confusion = confusionOf(scored.labels, decisions, classes);
  const claims = claimsOf(scored, positive);
  const plain = (value: number | null): Estimate => ({ value, low: null, high: null, method: 'none' });
  const aucOf = (samples: Grouped): Estimate => (intervals ? aucEstimate(samples, seed) : plain(auc(samples)));
  const [balanced, calibration, sensitivity, quadratic, absolute] = resampledEstimates(scored, decisions, claims, {
    seed,
    intervals,
    positive,
    ordered: input.ordered,
  });
  return {
    run: input.run,
    head: input.head,
    scope: input.scope,
    samples: scored.labels.length,
    groups: compactGroups(scored.groups).count,
    leftOut: leftOut(input),
    rule: input.rule,
    positive: positive === null ? null : input.positive,
    auc: aucOf(scored),
    aucWithUnsure: withUnsure.labels.length > scored.labels.length ? aucOf(withUnsure) : null,
    acc: intervals ? accEstimate(scored, seed) : plain(finite(acc(scored))),
    majority: majorityRate(scored.labels, classes),
    balancedAccuracy: balanced!,
    sensitivityAtSpecificity90: positive === null ? null : sensitivity!,
    quadraticKappa: input.ordered ? quadratic! : null,
    meanAbsoluteError: input.ordered ? absolute! : null,
    calibrationError: calibration!,
    roc: rocCurves(scored, positive === null ? aucColumns(classes) : [positive], { seed, intervals }).map(
      ({ column, ...curve }) => ({ class: input.classIds[column]!, ...curve }),
    ),
    operatingPoint: positive === null ? null : operatingPoint(confusion, positive),
    reliability: reliability(claims, scored.groups, { seed, intervals }),
    answers: [],
    confusion,
    warnings: warningsOf(input, scored),
    timesScored: input.timesScored,
  };
}

/** Balanced accuracy, calibration error, sensitivity at 90 % specificity, quadratic kappa and mean absolute error, from the same resamples. */
function resampledEstimates(
  scored: Grouped,
  decisions: Int32Array,
  claims: Claims,
  {
    seed,
    intervals,
    positive,
    ordered,
  }: { seed: number; intervals: boolean; positive: number | null; ordered: boolean },
): Estimate[] {
  const calibrationErrorOf = calibrationErrorUnderWeights(claims);
  const side = oneAgainstRest(scored.labels, scored.probabilities, scored.classes, positive ?? 0);
  const ranking = rank(side.scores);
  const statistics = (weights: Float64Array | null): number[] => {
    const confusion = confusionOf(scored.labels, decisions, scored.classes, weights);
    return [
      balancedAccuracy(confusion),
      calibrationErrorOf(weights),
      positive === null ? NaN : sensitivityAt(ranking, side.positive, weights, 0.1),
      ordered ? kappa(confusion, 'quadratic') : NaN,
      ordered ? meanAbsoluteError(confusion) : NaN,
    ];
  };
  if (intervals && scored.labels.length > 0) return bootstrap(scored.groups, statistics, { seed });
  return statistics(null).map((value) => ({ value: finite(value), low: null, high: null, method: 'none' }));
}

/** What is claimed and whether it came true: the positive class where there is one, else the likeliest class. */
function claimsOf(scored: Grouped, positive: number | null): Claims {
  if (positive !== null) {
    const { positive: outcome, scores } = oneAgainstRest(scored.labels, scored.probabilities, 2, positive);
    return { confidence: scores, outcome };
  }
  const likeliest = Int32Array.from(scored.labels, (_, row) =>
    decide(scored.probabilities, row, scored.classes, { kind: 'argmax' }, null),
  );
  return {
    confidence: Float64Array.from(likeliest, (c, row) => scored.probabilities[row * scored.classes + c]!),
    outcome: Uint8Array.from(likeliest, (c, row) => (c === scored.labels[row] ? 1 : 0)),
  };
}

function operatingPoint(confusion: readonly number[][], positive: number): Figures['operatingPoint'] {
  const negative = 1 - positive;
  const [tp, fn] = [confusion[positive]![positive]!, confusion[positive]![negative]!];
  const [fp, tn] = [confusion[negative]![positive]!, confusion[negative]![negative]!];
  return tp + fn > 0 && fp + tn > 0 ? { fpr: fp / (fp + tn), tpr: tp / (tp + fn) } : null;
}
