import type { DecisionRule, Estimate, Head, LabelState, PredictionKind, Scope, Split } from '@shared/domain';

/** Probabilities, row-major [n, classes]; a row of NaN is a sample without a prediction. */
export type Probabilities = ArrayLike<number>;

/** What a scoring looks at. Classes are columns of `probabilities`: the scheme's classes by their order. */
export interface Scored {
  /** [n] columns, every one ≥ 0. */
  readonly labels: ArrayLike<number>;
  /** [n, classes] of several answers: 1 yes, 2 no, 0 not assessed; then `labels` is not read. null or absent otherwise. */
  readonly answers?: ArrayLike<number> | null;
  /** [n, classes] */
  readonly probabilities: Probabilities;
  readonly classes: number;
}

/** Samples with the groups that are resampled together. */
export interface Grouped extends Scored {
  /** [n] any numbers; equal ones belong together. */
  readonly groups: ArrayLike<number>;
}

export interface FiguresInput {
  readonly run: string | null;
  readonly head: Head;
  readonly scope: Scope;
  /** Class ids in the order of the columns. */
  readonly classIds: readonly number[];
  readonly ordered: boolean;
  /** Class id of the positive class; null with more than two. */
  readonly positive: number | null;
  readonly rule: DecisionRule;
  /** [n] columns of the present labels; -1 without one. Unsure samples: their last class. */
  readonly labels: ArrayLike<number>;
  /** [n, classes] of several answers (see `Scored`); then `labels` only says (≥ 0) that something was assessed. */
  readonly answers?: ArrayLike<number> | null;
  readonly states: ArrayLike<LabelState>;
  /** Truthy: left out because it shares a group with another split. */
  readonly leaks: ArrayLike<number | boolean>;
  readonly groups: ArrayLike<number>;
  readonly probabilities: Probabilities;
  readonly timesScored: number;
  /** Fewer than 20 groups of some class stand in validation. */
  readonly validationUnreliable?: boolean;
  /** Test samples with a twin, and of a patient, in train or validation. */
  readonly leaking?: { readonly twins: number; readonly patients: number };
  readonly seed?: number;
  /** false leaves intervals and bands out: for values that are wanted many times a second. */
  readonly intervals?: boolean;
}

export interface SuspectsInput {
  /** [n] columns; -1 without a label. */
  readonly labels: ArrayLike<number>;
  /** [n, classes] of several answers (see `Scored`); null or absent otherwise. */
  readonly answers?: ArrayLike<number> | null;
  /** Column of the one question that is looked at; null or absent: all. */
  readonly question?: number | null;
  readonly states: ArrayLike<LabelState>;
  readonly splits: ArrayLike<Split | null>;
  /** What each prediction is worth; null without one. */
  readonly kinds: ArrayLike<PredictionKind | null>;
  readonly probabilities: Probabilities;
  readonly classes: number;
  /** Class ids in the order of the columns. */
  readonly classIds: readonly number[];
  readonly rule: DecisionRule;
  /** Column of the positive class. */
  readonly positive: number | null;
  readonly withChecked?: boolean;
}

/** A difference on the same samples, first less second. */
export interface PairedDifference extends Estimate {
  readonly first: number | null;
  readonly second: number | null;
}
