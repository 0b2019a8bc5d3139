import { decide, decideAnswer } from '@shared/decision';
import { mayBeCompared, type DecisionRule, type LabelAnswers, type LabelScheme, type Split } from '@shared/domain';
import { KIND_CODES, type Predictions } from '../types';
import { predictionsUnder } from './predictionsUnder';

/**
 * Predictions as the decision rule reads them, by key. A prediction that has seen its sample's label in training, and one of
 * a test sample, scored or not, stands outside of every comparison; so do those made for other classes.
 */
export class PredictionView {
  /** Class id, −1 where there is none that may be compared, and of answers. */
  predicted: Int32Array;
  /** Highest probability (of answers: of the least sure one), NaN as above. */
  confidence: Float32Array;
  /** 1 where a prediction is shown at all. */
  shown: Uint8Array;
  /** 1 where it may be compared with a label. */
  comparable: Uint8Array;
  private source: Predictions | null = null;
  private present: Predictions | null = null;
  private readonly columns = new Map<number, number>();

  /** Room for more samples, of which nothing is predicted. */
  extend(size: number): void {
    const before = this.source;
    this.size = size;
    this.predicted = new Int32Array(size).fill(-1);
    this.confidence = new Float32Array(size).fill(NaN);
    this.shown = new Uint8Array(size);
    this.comparable = new Uint8Array(size);
    this.source = before && lengthened(before, size);
  }

  constructor(private size: number) {
    this.predicted = new Int32Array(size).fill(-1);
    this.confidence = new Float32Array(size).fill(NaN);
    this.shown = new Uint8Array(size);
    this.comparable = new Uint8Array(size);
  }

  /** As they were given, perhaps for an earlier version of the classes. */
  get predictions(): Predictions | null {
    return this.source;
  }

  /** Whether they were made for other classes than those of now, and are therefore not shown. */
  get outdated(): boolean {
    return this.source !== null && this.present === null;
  }

  /**
   * @param splitOf by key
   * @param testScored whether predictions of the test split may be seen
   * @throws Error where the arrays do not fit the project
   */
  apply(
    predictions: Predictions | null,
    rule: DecisionRule,
    scheme: LabelScheme,
    splitOf: (key: number) => Split | null,
    testScored: boolean,
  ): void {
    const { size } = this;
    this.source = predictions;
    this.present = null;
    this.columns.clear();
    this.predicted.fill(-1);
    this.confidence.fill(NaN);
    this.shown.fill(0);
    this.comparable.fill(0);
    if (!predictions) return;
    if (predictions.probabilities.length !== size * predictions.classes.length || predictions.kind.length !== size)
      throw new Error(
        `predictions of ${predictions.kind.length} samples and ${predictions.probabilities.length} probabilities, expected ${size} × ${predictions.classes.length}`,
      );
    this.present = predictionsUnder(predictions, scheme);
    if (!this.present) return;
    const { classes, probabilities, kind } = this.present;
    classes.forEach((id, column) => this.columns.set(id, column));
    const positive = positiveColumn(classes, scheme);
    for (let key = 0; key < size; key++) {
      const [worth, inSplit] = [KIND_CODES[kind[key]!] ?? null, splitOf(key)];
      if (Number.isNaN(probabilities[key * classes.length]!) || (inSplit === 'test' && !testScored)) continue;
      this.shown[key] = 1;
      if (worth === null || !mayBeCompared(worth, inSplit)) continue;
      this.comparable[key] = 1;
      const row = probabilities.subarray(key * classes.length, (key + 1) * classes.length);
      if (scheme.kind === 'answers') {
        this.confidence[key] = row.reduce((least, p) => Math.min(least, Math.max(p, 1 - p)), 1);
      } else {
        this.predicted[key] = classes[decide(row, 0, classes.length, rule, positive)]!;
        this.confidence[key] = row.reduce((most, p) => Math.max(most, p), 0);
      }
    }
  }

  /** Probability of a class (of a question: that it is yes); NaN where there is no prediction that may be compared. */
  probability(key: number, classId: number): number {
    const column = this.columns.get(classId);
    if (!this.present || this.comparable[key] === 0 || column === undefined) return NaN;
    return this.present.probabilities[key * this.present.classes.length + column]!;
  }

  /** What is shown of a sample, also of one seen in training: class or answers by the rule, probabilities in the order of the scheme. */
  shownOf(
    key: number,
    rule: DecisionRule,
    scheme: LabelScheme,
  ): { kind: number; class: number | null; answers: LabelAnswers | null; probabilities: number[] } | null {
    if (!this.present || this.shown[key] === 0) return null;
    const { classes, probabilities, kind } = this.present;
    const row = probabilities.subarray(key * classes.length, (key + 1) * classes.length);
    const shown = {
      kind: kind[key]!,
      probabilities: scheme.classes.map((c) => row[this.columns.get(c.id)!]!),
    };
    if (scheme.kind !== 'answers')
      return {
        ...shown,
        class: classes[decide(row, 0, classes.length, rule, positiveColumn(classes, scheme))]!,
        answers: null,
      };
    const answers = Object.fromEntries(
      scheme.classes.map((c, at) => [c.id, decideAnswer(shown.probabilities[at]!, rule, c.id) ? 'yes' : 'no'] as const),
    );
    return { ...shown, class: null, answers };
  }
}

/** The same predictions, and none of the samples that came since. */
export function lengthened(predictions: Predictions, size: number): Predictions {
  const probabilities = new Float32Array(size * predictions.classes.length).fill(NaN);
  probabilities.set(predictions.probabilities);
  const kind = new Uint8Array(size);
  kind.set(predictions.kind);
  return { ...predictions, probabilities, kind };
}

/** Column of the positive class, null where there is none or the predictor does not know it. */
function positiveColumn(classes: readonly number[], scheme: LabelScheme): number | null {
  const column = scheme.positive === null ? -1 : classes.indexOf(scheme.positive);
  return column < 0 ? null : column;
}
