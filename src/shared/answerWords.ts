import type { Answer } from './domain';

const WORDS: Readonly<Record<Answer, readonly string[]>> = {
  yes: ['yes', 'y', '1', '1.0', 'true', 'positive', 'present', '是', '有', '阳性'],
  no: ['no', 'n', '0', '0.0', 'false', 'negative', 'absent', '否', '无', '阴性'],
  na: ['', 'na', 'n/a', 'nan', 'none', 'null', '-1', '-1.0', 'unknown', 'uncertain', '?'],
};

/** What a table's cell answers; null for what is no answer. An empty cell is "not assessed". */
export function answerFrom(text: string): Answer | null {
  const said = text.normalize('NFKC').trim().toLowerCase();
  return (['yes', 'no', 'na'] as const).find((answer) => WORDS[answer].includes(said)) ?? null;
}

/** Whether a column holds answers and nothing else: then it may be a question. */
export function holdsAnswers(cells: Iterable<string>): boolean {
  let said = false;
  for (const cell of new Set(cells)) {
    const answer = answerFrom(cell);
    if (answer === null) return false;
    said ||= answer !== 'na';
  }
  return said;
}
