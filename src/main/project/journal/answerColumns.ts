import type { Answer, LabelAnswers, LabelScheme } from '@shared/domain';
import { answerTo } from '@shared/domain';
import { sourcesOf } from '@shared/scheme';

/** Codes of answers in typed arrays. */
export const ANSWER_CODES = ['na', 'yes', 'no'] as const satisfies readonly Answer[];
const [NA, YES, NO] = [0, 1, 2] as const;

/** Answers of all samples: one column of codes a question, by class id, also of questions of earlier versions. */
export class AnswerColumns {
  private readonly columns = new Map<number, Uint8Array>();

  constructor(private size: number) {}

  /** Room for more samples, which nobody answered anything about. */
  extend(size: number): void {
    this.size = size;
    for (const [id, column] of this.columns) {
      const longer = new Uint8Array(size);
      longer.set(column);
      this.columns.set(id, longer);
    }
  }

  /** Codes by key; all `na` of a question that nobody answered. A view. */
  column(id: number): Uint8Array {
    let column = this.columns.get(id);
    if (!column) this.columns.set(id, (column = new Uint8Array(this.size)));
    return column;
  }

  put(key: number, answers: LabelAnswers | null): void {
    for (const column of this.columns.values()) column[key] = NA;
    for (const id of Object.keys(answers ?? {}).map(Number))
      this.column(id)[key] = ANSWER_CODES.indexOf(answerTo(answers, id));
  }

  /** Without `na`. */
  get(key: number): LabelAnswers {
    const answers: Record<string, Answer> = {};
    for (const id of [...this.columns.keys()].sort((a, b) => a - b)) {
      const code = this.columns.get(id)![key]!;
      if (code !== NA) answers[id] = ANSWER_CODES[code]!;
    }
    return answers;
  }

  /** One question's codes as the scheme reads them: a question that others were merged into is yes where one of them is. */
  resolved(scheme: LabelScheme, id: number): Uint8Array {
    const sources = sourcesOf(scheme, id).map((from) => this.column(from));
    if (sources.length === 1) return sources[0]!;
    return Uint8Array.from({ length: this.size }, (_, key) => {
      if (sources.some((s) => s[key] === YES)) return YES;
      return sources.every((s) => s[key] === NO) ? NO : NA;
    });
  }
}
