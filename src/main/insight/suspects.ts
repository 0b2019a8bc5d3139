import { decide, decideAnswer } from '@shared/decision';
import { takesPart } from '@shared/domain';
import type { SuspectsInput } from './types';

const [NOT_ASSESSED, YES] = [0, 1];

/**
 * Samples whose label the model disputes, by the decision rule, the surest first: docs/science.md, section 3.
 * Only train and validation, only predictions out of fold, only labels that take part; checked ones on request.
 * @returns rows of the input; among equally sure ones the label with the lower probability stands first
 */
export function suspects(input: SuspectsInput): number[] {
  if (input.answers) return disputedAnswers(input, input.answers);
  const { labels, probabilities, classes } = input;
  const found: { row: number; confidence: number; ofLabel: number }[] = [];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const state = input.states[row]!;
    const split = input.splits[row];
    if (label < 0 || !takesPart(state) || (state === 'checked' && !input.withChecked)) continue;
    if ((split !== 'train' && split !== 'val') || input.kinds[row] !== 'out-of-fold') continue;
    const decision = decide(probabilities, row, classes, input.rule, input.positive);
    if (decision < 0 || decision === label) continue;
    found.push({
      row,
      confidence: probabilities[row * classes + decision]!,
      ofLabel: probabilities[row * classes + label]!,
    });
  }
  return found.sort((a, b) => b.confidence - a.confidence || a.ofLabel - b.ofLabel || a.row - b.row).map((s) => s.row);
}

/**
 * Of several answers: samples of which an assessed answer is disputed, the least likely answer first.
 * @param answers [n, classes], see `Scored`
 */
function disputedAnswers(input: SuspectsInput, answers: ArrayLike<number>): number[] {
  const { labels, probabilities, classes, question } = input;
  const found: { row: number; ofLabel: number }[] = [];
  for (let row = 0; row < labels.length; row++) {
    const state = input.states[row]!;
    const split = input.splits[row];
    if (!takesPart(state) || (state === 'checked' && !input.withChecked)) continue;
    if ((split !== 'train' && split !== 'val') || input.kinds[row] !== 'out-of-fold') continue;
    let least = Infinity;
    for (let q = 0; q < classes; q++) {
      const said = answers[row * classes + q]!;
      const yes = probabilities[row * classes + q]!;
      if (said === NOT_ASSESSED || Number.isNaN(yes) || (question != null && question !== q)) continue;
      if (decideAnswer(yes, input.rule, input.classIds[q]!) !== (said === YES))
        least = Math.min(least, said === YES ? yes : 1 - yes);
    }
    if (least < Infinity) found.push({ row, ofLabel: least });
  }
  return found.sort((a, b) => a.ofLabel - b.ofLabel || a.row - b.row).map((s) => s.row);
}
