import { SPLIT_CODES, STATE_CODES, type LabelSnapshot, type Predictions, type Project } from '@main/project';
import type { FiguresInput } from '@main/insight';
import type { Head, LabelState, Scope } from '@shared/domain';
import type { ClassList } from '@main/training';

const OUT_OF_FOLD = 1;
const UNSEEN = 2;

/** Samples that a figure stands on, column by column, with the keys that they have in the project. */
export interface ScopeRows {
  readonly keys: Int32Array;
  /** Columns of classes, −1 without one. Of answers 0 where something was assessed. */
  readonly labels: Int32Array;
  /** [n, classes] `ANSWER_CODES` of several answers; null otherwise. */
  readonly answers: Uint8Array | null;
  readonly states: LabelState[];
  readonly leaks: Uint8Array;
  readonly groups: Uint32Array;
  /** [n, classes]; NaN where the scope has no prediction that may be compared with a label. */
  readonly probabilities: Float32Array;
}

/** Labels by key: those of now, or of another moment. */
type LabelsOf = Pick<LabelSnapshot, 'classes' | 'states'> & { readonly answers?: LabelSnapshot['answers'] };

/**
 * The rows of one scope: `oof` all of train and validation by out-of-fold predictions, `val` the validation split, `test`
 * the test split by predictions of a run that has scored it.
 */
export function scopeRows(
  project: Project,
  classes: ClassList,
  predictions: Predictions | null,
  scope: Scope,
  labels: LabelsOf = project.index,
): ScopeRows {
  const { index } = project;
  const columns = new Map(classes.ids.map((id, column) => [id, column]));
  const keys: number[] = [];
  for (let key = 0; key < index.size; key++) {
    const split = SPLIT_CODES[index.splits[key]!];
    const inside = scope === 'oof' ? split === 'train' || split === 'val' || index.leaks[key] === 1 : split === scope;
    if (inside) keys.push(key);
  }
  const width = classes.ids.length;
  const probabilities = new Float32Array(keys.length * width).fill(Number.NaN);
  keys.forEach((key, row) => {
    const kind = predictions?.kind[key];
    const fits = scope === 'oof' ? kind === OUT_OF_FOLD : kind === OUT_OF_FOLD || kind === UNSEEN;
    if (predictions && fits)
      probabilities.set(predictions.probabilities.subarray(key * width, (key + 1) * width), row * width);
  });
  const answers = classes.kind === 'answers' ? answersOf(project, classes, keys, labels.answers) : null;
  return {
    keys: Int32Array.from(keys),
    labels: answers
      ? Int32Array.from(keys, (_, row) =>
          answers.subarray(row * width, (row + 1) * width).some((a) => a > 0) ? 0 : -1,
        )
      : Int32Array.from(keys, (key) => columns.get(labels.classes[key]!) ?? -1),
    answers,
    states: keys.map((key) => STATE_CODES[labels.states[key]!]!),
    leaks: Uint8Array.from(keys, (key) => index.leaks[key]!),
    groups: Uint32Array.from(keys, (key) => index.groups[key]!),
    probabilities,
  };
}

/** [keys, questions] */
function answersOf(
  { index }: Project,
  classes: ClassList,
  keys: readonly number[],
  then: LabelSnapshot['answers'] | undefined,
): Uint8Array {
  const width = classes.ids.length;
  const out = new Uint8Array(keys.length * width);
  classes.ids.forEach((id, q) => {
    const column = then ? then.get(id) : index.questions.find((question) => question.id === id)?.answers;
    if (column) keys.forEach((key, row) => (out[row * width + q] = column[key]!));
  });
  return out;
}

/** What figures are computed from. */
export function figuresInput(
  project: Project,
  classes: ClassList,
  predictions: Predictions | null,
  asked: { run: string | null; head: Head; scope: Scope; rule: FiguresInput['rule'] },
  labels?: LabelsOf,
): FiguresInput {
  const { keys: _keys, ...rows } = scopeRows(project, classes, predictions, asked.scope, labels);
  return {
    ...asked,
    ...rows,
    classIds: classes.ids,
    ordered: classes.kind === 'ordered',
    positive: classes.positive,
    timesScored: asked.run === null ? 0 : project.scorings.count(asked.run).times,
    validationUnreliable: project.base().validationUnreliable,
    leaking: { twins: project.splits.testLeaks, patients: project.splits.patientLeaks },
  };
}
