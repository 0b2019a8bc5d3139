import { oneAgainstRest, rank, rankedAuc } from './ranking';
import { accOfQuestion, aucOfQuestion, meanDefined, questionsOf, type QuestionRows } from './questions';
import type { Scored } from './types';

/** The figures by which MedMNIST's own evaluator compares: https://github.com/MedMNIST/MedMNIST (evaluator.py). */

/**
 * Area under the ROC curve of one score.
 * @param scores [n]
 * @param positives [n] truthy for positives
 * @returns null where one of the two sides is absent: not defined, not 0
 */
export function binaryAuc(scores: ArrayLike<number>, positives: ArrayLike<number | boolean>): number | null {
  return finite(
    rankedAuc(
      rank(scores),
      Uint8Array.from(positives, (p) => (p ? 1 : 0)),
      null,
    ),
  );
}

/** The columns over whose one-against-rest curves the official AUC takes the mean: the last of two, or all. */
export const aucColumns = (classes: number): number[] =>
  classes === 2 ? [1] : Array.from({ length: classes }, (_, c) => c);

/**
 * MedMNIST's AUC: of the last class's score for two classes, else the unweighted mean of one-against-rest AUC; of several
 * answers the mean of each question's, over the samples where it was assessed and the questions that were answered both ways.
 * @returns null where a class is absent, or no question was answered both ways
 */
export function auc(scored: Scored): number | null {
  return finite(aucUnderWeights(scored)(null));
}

/** The same as a function of weights, with the sorting done once. NaN where it is not defined. */
export function aucUnderWeights(scored: Scored): (weights: Float64Array | null) => number {
  const { labels, probabilities, classes } = scored;
  if (scored.answers) return meanAucUnderWeights(questionsOf(scored));
  const curves = aucColumns(classes).map((at) => {
    const { positive, scores } = oneAgainstRest(labels, probabilities, classes, at);
    return { positive, ranking: rank(scores) };
  });
  return (weights) =>
    curves.reduce((sum, { ranking, positive }) => sum + rankedAuc(ranking, positive, weights), 0) / curves.length;
}

/** Over the questions that are defined without weights; NaN where weights leave one of these without one of its answers. */
function meanAucUnderWeights(questions: readonly QuestionRows[]): (weights: Float64Array | null) => number {
  const curves = questions.map(aucOfQuestion).filter((curve) => Number.isFinite(curve(null)));
  return (weights) => curves.reduce((sum, curve) => sum + curve(weights), 0) / curves.length;
}

/** MedMNIST's own decisions: the last class above .5 of two, else the largest (the first of equals). */
export function officialDecisions({ labels, probabilities, classes }: Scored): Int32Array {
  return Int32Array.from(labels, (_, i) => {
    if (classes === 2) return probabilities[2 * i + 1]! > 0.5 ? 1 : 0;
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (probabilities[i * classes + c]! > probabilities[i * classes + best]!) best = c;
    return best;
  });
}

/**
 * MedMNIST's ACC: the share of right decisions, by its own rule whatever rule the person set; of several answers the mean of
 * each question's share at .5. NaN without samples.
 */
export function acc(scored: Scored): number {
  if (scored.answers) return meanDefined(questionsOf(scored).map((question) => accOfQuestion(question, null)));
  const decisions = officialDecisions(scored);
  return (
    decisions.reduce((right, decision, i) => right + (decision === scored.labels[i] ? 1 : 0), 0) / decisions.length
  );
}

/** Share of the most frequent label: what says nothing about the picture reaches. 0 without samples. */
export function majorityRate(labels: ArrayLike<number>, classes: number): number {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return labels.length === 0 ? 0 : Math.max(...counts) / labels.length;
}

export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
