import { rank, rankedAuc } from './ranking';
import type { Scored } from './types';

const [NOT_ASSESSED, YES] = [0, 1];

/** One question's assessed samples. */
export interface QuestionRows {
  /** Rows of the input, by place here. */
  readonly rows: readonly number[];
  /** 1 where the answer is yes. */
  readonly positive: Uint8Array;
  /** Probability of yes. */
  readonly scores: Float64Array;
}

/** The questions of several answers, each with the samples where it was assessed. */
export function questionsOf({ answers, probabilities, classes, labels }: Scored): QuestionRows[] {
  return Array.from({ length: classes }, (_, q) => {
    const rows: number[] = [];
    for (let i = 0; i < labels.length; i++)
      if (answers![i * classes + q] !== NOT_ASSESSED && !Number.isNaN(probabilities[i * classes + q])) rows.push(i);
    return {
      rows,
      positive: Uint8Array.from(rows, (i) => (answers![i * classes + q] === YES ? 1 : 0)),
      scores: Float64Array.from(rows, (i) => probabilities[i * classes + q]!),
    };
  });
}

/** AUC under weights of the input's samples; NaN without both answers. */
export function aucOfQuestion({ rows, positive, scores }: QuestionRows): (weights: Float64Array | null) => number {
  const ranking = rank(scores);
  const own = new Float64Array(rows.length);
  return (weights) => {
    if (weights) rows.forEach((row, i) => (own[i] = weights[row]!));
    return rankedAuc(ranking, positive, weights && own);
  };
}

/** Share of right decisions at .5 (MedMNIST: above it). */
export function accOfQuestion({ rows, positive, scores }: QuestionRows, weights: Float64Array | null): number {
  let [right, all] = [0, 0];
  rows.forEach((row, i) => {
    const weight = weights ? weights[row]! : 1;
    all += weight;
    if (scores[i]! > 0.5 === (positive[i] === 1)) right += weight;
  });
  return right / all;
}

/** Mean of the numbers that are defined; NaN without any. */
export function meanDefined(values: readonly number[]): number {
  const defined = values.filter(Number.isFinite);
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
