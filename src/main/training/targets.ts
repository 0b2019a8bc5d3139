import { ANSWER_CODES, rarestYes } from '@main/project';
import { answerTo } from '@shared/domain';
import type { ClassList, TrainingSample } from './types';

export const YES = ANSWER_CODES.indexOf('yes');
export const NO = ANSWER_CODES.indexOf('no');
export const NOT_ASSESSED = ANSWER_CODES.indexOf('na');

/** What samples are trained on, by place in their list. */
export interface Targets {
  /**
   * [n] column of the class; -1 where a sample takes no part. Of answers the stratum that folds spread evenly: the rarest
   * question that is yes, the number of questions where all are no; -1 where nothing was assessed.
   */
  readonly labels: Int16Array;
  /** [n, Q] `ANSWER_CODES`; null for one class a sample. */
  readonly answers: Uint8Array | null;
}

/** @param takesPart whether a sample's label may be looked at */
export function targetsOf(
  samples: readonly TrainingSample[],
  classes: Pick<ClassList, 'ids' | 'kind'>,
  takesPart: (sample: TrainingSample) => boolean,
): Targets {
  if (classes.kind !== 'answers') {
    const columns = new Map(classes.ids.map((id, column) => [id, column]));
    const labels = Int16Array.from(samples, (s) => (takesPart(s) ? (columns.get(s.class ?? -1) ?? -1) : -1));
    return { labels, answers: null };
  }
  const codes = classes.ids.map((id) =>
    Uint8Array.from(samples, (s) => (takesPart(s) ? ANSWER_CODES.indexOf(answerTo(s.answers, id)) : 0)),
  );
  const answers = new Uint8Array(samples.length * codes.length);
  codes.forEach((column, q) => column.forEach((code, i) => (answers[i * codes.length + q] = code)));
  return { labels: Int16Array.from(rarestYes(codes)), answers };
}

/** The rows of a list of targets. */
export function pickTargets({ labels, answers }: Targets, rows: readonly number[]): Targets {
  const width = answers ? answers.length / labels.length : 0;
  const picked = answers && new Uint8Array(rows.length * width);
  if (picked) rows.forEach((row, i) => picked.set(answers.subarray(row * width, (row + 1) * width), i * width));
  return { labels: Int16Array.from(rows, (row) => labels[row]!), answers: picked };
}
