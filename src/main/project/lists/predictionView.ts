import { decide } from '@shared/decision';
import type { DecisionRule, LabelScheme } from '@shared/domain';
import type { Predictions } from '../types';

/** `KIND_CODES` of predictions that a label may be compared with: out of fold, and of samples that no head ever saw. */
const OUT_OF_FOLD = 1;
const UNSEEN = 2;

/**
 * Predictions as the decision rule reads them, by key. A prediction that has seen its sample's label in training, and one of
 * a test sample whose split was not scored, stands outside of every comparison.
 */
export class PredictionView {
  /** Class id, −1 where there is none that may be compared. */
  readonly predicted: Int32Array;
  /** Highest probability, NaN as above. */
  readonly confidence: Float32Array;
  /** 1 where a prediction is shown at all. */
  readonly shown: Uint8Array;
  private source: Predictions | null = null;
  private readonly columns = new Map<number, number>();

  constructor(private readonly size: number) {
    this.predicted = new Int32Array(size).fill(-1);
    this.confidence = new Float32Array(size).fill(NaN);
    this.shown = new Uint8Array(size);
  }

  get predictions(): Predictions | null {
    return this.source;
  }

  /**
   * @param withheld samples whose prediction nobody may see yet
   * @throws Error where the arrays do not fit the project
   */
  apply(
    predictions: Predictions | null,
    rule: DecisionRule,
    scheme: LabelScheme,
    withheld: (key: number) => boolean,
  ): void {
    const { size } = this;
    this.source = predictions;
    this.columns.clear();
    this.predicted.fill(-1);
    this.confidence.fill(NaN);
    this.shown.fill(0);
    if (!predictions) return;
    const { classes, probabilities, kind } = predictions;
    if (probabilities.length !== size * classes.length || kind.length !== size)
      throw new Error(
        `predictions of ${kind.length} samples and ${probabilities.length} probabilities, expected ${size} × ${classes.length}`,
      );
    classes.forEach((id, column) => this.columns.set(id, column));
    const positive = positiveColumn(classes, scheme);
    for (let key = 0; key < size; key++) {
      if (Number.isNaN(probabilities[key * classes.length]!) || withheld(key)) continue;
      this.shown[key] = 1;
      if (kind[key] !== OUT_OF_FOLD && kind[key] !== UNSEEN) continue;
      const row = probabilities.subarray(key * classes.length, (key + 1) * classes.length);
      this.predicted[key] = classes[decide(row, 0, classes.length, rule, positive)]!;
      this.confidence[key] = row.reduce((most, p) => Math.max(most, p), 0);
    }
  }

  /** Probability of a class; 0 of one that the predictor does not know, NaN where there is no prediction that may be compared. */
  probability(key: number, classId: number): number {
    if (!this.source || this.predicted[key] === -1) return NaN;
    const column = this.columns.get(classId);
    return column === undefined ? 0 : this.source.probabilities[key * this.source.classes.length + column]!;
  }

  /** What is shown of a sample, also of one seen in training: class by the rule, probabilities in the order of the scheme. */
  shownOf(
    key: number,
    rule: DecisionRule,
    scheme: LabelScheme,
  ): { kind: number; class: number; probabilities: number[] } | null {
    if (!this.source || this.shown[key] === 0) return null;
    const { classes, probabilities, kind } = this.source;
    const row = probabilities.subarray(key * classes.length, (key + 1) * classes.length);
    return {
      kind: kind[key]!,
      class: classes[decide(row, 0, classes.length, rule, positiveColumn(classes, scheme))]!,
      probabilities: scheme.classes.map((c) => {
        const column = this.columns.get(c.id);
        return column === undefined ? 0 : row[column]!;
      }),
    };
  }
}

/** Column of the positive class, null where there is none or the predictor does not know it. */
function positiveColumn(classes: readonly number[], scheme: LabelScheme): number | null {
  const column = scheme.positive === null ? -1 : classes.indexOf(scheme.positive);
  return column < 0 ? null : column;
}
