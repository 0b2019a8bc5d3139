import type { LabelKind } from '@shared/domain';
import { ANSWER_CODES } from './journal/answerColumns';
import type { SampleIndex } from './lists/sampleIndex';

const [YES, NO] = [ANSWER_CODES.indexOf('yes'), ANSWER_CODES.indexOf('no')];

/**
 * One stratum a sample for splits and folds of several answers: the question with the fewest yes among those that it answers with
 * yes, so that rare findings are spread evenly (a simple form of iterative stratification, Sechidis et al. 2011).
 * @param codes of each question, by sample (`ANSWER_CODES`)
 * @returns [n] number of the question; the number of questions where all that is assessed is no; −1 where nothing is
 */
export function rarestYes(codes: readonly Uint8Array[]): Int32Array {
  const count = (column: Uint8Array): number => column.reduce((sum, code) => sum + (code === YES ? 1 : 0), 0);
  const rarestFirst = codes.map((column, question) => ({ column, question, yes: count(column) }));
  rarestFirst.sort((a, b) => a.yes - b.yes);
  return Int32Array.from({ length: codes[0]?.length ?? 0 }, (_, key) => {
    const found = rarestFirst.find(({ column }) => column[key] === YES);
    if (found) return found.question;
    return codes.some((column) => column[key] === NO) ? codes.length : -1;
  });
}

/** By key what a draw of splits spreads evenly: the class; of answers the rarest question that is yes; null without a label. */
export function strataOf(index: SampleIndex, kind: LabelKind): (number | null)[] {
  const rarest = kind === 'answers' ? rarestYes(index.questions.map((q) => q.answers)) : null;
  return Array.from(rarest ?? index.classes, (id) => (id < 0 ? null : id));
}
