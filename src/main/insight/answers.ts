import { decideAnswer } from '@shared/decision';
import { takesPart, type AnswerFigures, type Estimate, type Figures } from '@shared/domain';
import { aucEstimate, independent } from './aucInterval';
import { bootstrap, compactGroups } from './bootstrap';
import { calibrationErrorUnderWeights, reliability, type Claims } from './calibration';
import { leftOut, pick } from './picked';
import { acc, auc, finite } from './official';
import { accOfQuestion, meanDefined, questionsOf, type QuestionRows } from './questions';
import { rocCurves } from './roc';
import type { FiguresInput, Grouped } from './types';
import { answerWarningsOf } from './warnings';
import { wilson } from './wilson';

const NONE: Estimate = { value: null, low: null, high: null, method: 'none' };
const plain = (value: number | null): Estimate => ({ ...NONE, value });

/**
 * Figures of several yes/no questions: each by itself over the samples where it was assessed, and MedMNIST's means over the
 * questions. Confusion and balanced accuracy follow the decision rule, ACC keeps .5.
 */
export function answersFiguresOf(input: FiguresInput): Figures {
  const seed = input.seed ?? 1;
  const intervals = input.intervals ?? true;
  const scored = pick(input, (row) => takesPart(input.states[row]!));
  const withUnsure = pick(input, (row) => takesPart(input.states[row]!) || input.states[row] === 'unsure');
  const questions = questionsOf(scored);
  const sides = questions.map((question, q) => sidesOf(question, input, input.classIds[q]!));
  const claims = claimsOf(questions, scored.groups);
  const meanAuc = (samples: Grouped): Estimate =>
    intervals && samples.labels.length > 0 ? aucEstimate(samples, seed) : plain(auc(samples));
  const statistics = (weights: Float64Array | null): number[] => [
    meanDefined(questions.map((question) => accOfQuestion(question, weights))),
    meanDefined(sides.map((side) => balancedOf(side, weights))),
    claims.error(weights),
  ];
  const [accuracy, balanced, calibration] =
    intervals && scored.labels.length > 0
      ? bootstrap(scored.groups, statistics, { seed })
      : statistics(null).map((value) => plain(finite(value)));
  const answers = questions.map((question, q) =>
    questionFigures(input, scored, question, sides[q]!, q, { seed, intervals }),
  );
  const majorities = answers.flatMap((a) => (a.majority === null ? [] : [a.majority]));
  return {
    run: input.run,
    head: input.head,
    scope: input.scope,
    samples: scored.labels.length,
    groups: compactGroups(scored.groups).count,
    leftOut: leftOut(input),
    rule: input.rule,
    positive: null,
    auc: meanAuc(scored),
    aucWithUnsure: withUnsure.labels.length > scored.labels.length ? meanAuc(withUnsure) : null,
    acc: scored.labels.length > 0 ? accuracy! : plain(finite(acc(scored))),
    majority: majorities.length > 0 ? meanDefined(majorities) : 0,
    balancedAccuracy: balanced!,
    sensitivityAtSpecificity90: null,
    quadraticKappa: null,
    meanAbsoluteError: null,
    calibrationError: calibration!,
    roc: questions.flatMap((question, q) => curveOf(question, scored, input.classIds[q]!, { seed, intervals })),
    operatingPoint: null,
    reliability: reliability(claims, claims.groups, { seed, intervals }),
    answers,
    confusion: [],
    warnings: answerWarningsOf(input, answers, scored.labels.length),
    timesScored: input.timesScored,
  };
}

/** [n of the question] 1 where the rule decides for yes. */
interface Sides extends QuestionRows {
  readonly decided: Uint8Array;
}

const sidesOf = (question: QuestionRows, { rule }: FiguresInput, id: number): Sides => ({
  ...question,
  decided: Uint8Array.from(question.scores, (score) => (decideAnswer(score, rule, id) ? 1 : 0)),
});

/** [no, yes label][no, yes prediction] */
function confusionOf({ rows, positive, decided }: Sides, weights: Float64Array | null): number[][] {
  const counts = [
    [0, 0],
    [0, 0],
  ];
  rows.forEach((row, i) => (counts[positive[i]!]![decided[i]!]! += weights ? weights[row]! : 1));
  return counts;
}

/** Mean of sensitivity and specificity; NaN without both answers. */
function balancedOf(sides: Sides, weights: Float64Array | null): number {
  const [no, yes] = confusionOf(sides, weights) as [[number, number], [number, number]];
  return (no[0] / (no[0] + no[1]) + yes[1] / (yes[0] + yes[1])) / 2;
}

function questionFigures(
  input: FiguresInput,
  scored: Grouped,
  question: QuestionRows,
  sides: Sides,
  q: number,
  { seed, intervals }: { seed: number; intervals: boolean },
): AnswerFigures {
  const one = asTwoClasses(question, scored);
  const confusion = confusionOf(sides, null) as [[number, number], [number, number]];
  const [no, yes] = [confusion[0][0] + confusion[0][1], confusion[1][0] + confusion[1][1]];
  const right = one.labels.reduce((sum, label, i) => sum + (question.scores[i]! > 0.5 === (label === 1) ? 1 : 0), 0);
  const single = independent(one.groups);
  const share = (part: number, all: number, of: (weights: Float64Array | null) => number): Estimate => {
    if (all === 0) return NONE;
    if (!intervals) return plain(part / all);
    if (single) return { value: part / all, ...wilson(part, all), method: 'wilson' };
    return bootstrap(one.groups, (weights) => [of(weights)], { seed })[0]!;
  };
  const own: Sides = { ...sides, rows: [...question.rows.keys()] };
  const inRow = (label: 0 | 1) => (weights: Float64Array | null) => {
    const row = confusionOf(own, weights)[label]!;
    return row[label]! / (row[0]! + row[1]!);
  };
  const both = no > 0 && yes > 0;
  return {
    class: input.classIds[q]!,
    yes,
    no,
    notAssessed: scored.labels.length - question.rows.length,
    auc: !both ? NONE : intervals ? aucEstimate(one, seed) : plain(auc(one)),
    acc: share(right, yes + no, (weights) => accOfQuestion({ ...question, rows: own.rows }, weights)),
    majority: yes + no === 0 ? null : Math.max(yes, no) / (yes + no),
    balancedAccuracy: !both
      ? NONE
      : intervals
        ? bootstrap(one.groups, (weights) => [balancedOf(own, weights)], { seed })[0]!
        : plain(finite(balancedOf(own, null))),
    sensitivity: share(confusion[1][1], yes, inRow(1)),
    specificity: share(confusion[0][0], no, inRow(0)),
    confusion,
  };
}

/** One question as a matter of two classes, over the samples where it was assessed. */
function asTwoClasses({ rows, positive, scores }: QuestionRows, scored: Grouped): Grouped & { labels: Int32Array } {
  const probabilities = new Float64Array(2 * rows.length);
  scores.forEach((score, i) => probabilities.set([1 - score, score], 2 * i));
  return {
    labels: Int32Array.from(positive),
    probabilities,
    classes: 2,
    groups: rows.map((row) => scored.groups[row]!),
  };
}

function curveOf(
  question: QuestionRows,
  scored: Grouped,
  id: number,
  o: { seed: number; intervals: boolean },
): Figures['roc'] {
  return rocCurves(asTwoClasses(question, scored), [1], o).map(({ column: _, ...curve }) => ({ class: id, ...curve }));
}

/** Every assessed answer is one claim: the probability of yes, and whether it was yes. */
function claimsOf(
  questions: readonly QuestionRows[],
  groups: ArrayLike<number>,
): Claims & { groups: number[]; error(weights: Float64Array | null): number } {
  const rows = questions.flatMap((question) => [...question.rows]);
  const claims = {
    confidence: Float64Array.from(questions.flatMap((question) => [...question.scores])),
    outcome: Uint8Array.from(questions.flatMap((question) => [...question.positive])),
  };
  const errorOf = calibrationErrorUnderWeights(claims);
  return {
    ...claims,
    groups: rows.map((row) => groups[row]!),
    error: (weights) => errorOf(weights && Float64Array.from(rows, (row) => weights[row]!)),
  };
}
