import type { DecisionRule } from './domain';

/**
 * The class that a decision rule gives to one row of probabilities: the one rule behind right/wrong, disagreement,
 * confusion matrix and suggestion. Ties go to the first class.
 * @param probabilities row-major [n, classes]
 * @param positive column of the positive class; a threshold speaks of it, and needs exactly two classes
 * @returns the column, or -1 where the row holds no prediction (NaN)
 */
export function decide(
  probabilities: ArrayLike<number>,
  row: number,
  classes: number,
  rule: DecisionRule,
  positive: number | null,
): number {
  const at = row * classes;
  if (Number.isNaN(probabilities[at])) return -1;
  if (rule.kind === 'threshold' && classes === 2 && positive !== null)
    return (probabilities[at + positive] ?? 0) >= rule.value ? positive : 1 - positive;
  let best = 0;
  for (let c = 1; c < classes; c++) if ((probabilities[at + c] ?? 0) > (probabilities[at + best] ?? 0)) best = c;
  return best;
}

/** The probability from which on a question's answer is yes: its own threshold, the one of all questions, or one half. */
export const answerThreshold = (rule: DecisionRule, question: number): number =>
  rule.kind === 'threshold' ? (rule.questions?.[question] ?? rule.value) : 0.5;

/** Whether the same rule answers one question (class id) with yes. @param probability of yes, not NaN */
export const decideAnswer = (probability: number, rule: DecisionRule, question: number): boolean =>
  probability >= answerThreshold(rule, question);
