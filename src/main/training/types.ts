import type { Head, InputRecipe, LabelAnswers, LabelKind, LabelState, Recipe, Score, Split } from '@shared/domain';

/** A sample as training sees it: what it is, where it belongs, and its label at one position of the journal. */
export interface TrainingSample {
  /** Place in the project, 0 … n-1. */
  readonly key: number;
  readonly id: string;
  /** SHA-256 of pixels with shape and type: equal pixels are computed once. */
  readonly contentHash: string;
  readonly group: number;
  readonly split: Split | null;
  /** Left out of its split because it shares a group with another one. */
  readonly leak: boolean;
  /** Id of the class of the label scheme; null without a label. */
  readonly class: number | null;
  /** Of several answers; null or absent without any. */
  readonly answers?: LabelAnswers | null;
  readonly state: LabelState;
  /** The event that gave the label; null without one. */
  readonly event: string | null;
  readonly reason?: string | null;
}

/** The classes of a project in their order on screen; columns of all probabilities follow it. */
export interface ClassList {
  /** Ids by `order`. */
  readonly ids: readonly number[];
  readonly names: readonly string[];
  /** Id of the positive class, null where there are more than two. */
  readonly positive: number | null;
  readonly kind: LabelKind;
}

/** Everything that makes a run, taken at one moment of the project. */
export interface RunSetup {
  /** The project's folder: pixels and cache are read from it. */
  readonly projectDir: string;
  readonly runsDir: string;
  readonly recipe: Recipe;
  readonly name: string;
  readonly note: string;
  readonly samples: readonly TrainingSample[];
  readonly classes: ClassList;
  readonly input: InputRecipe;
  /** Left and right do not matter for the classes. */
  readonly flips: boolean;
  /** Position in the label journal, and the hash of the events up to it where the store has one. */
  readonly journal: { readonly position: number; readonly hash: string | null };
  readonly splitVersion: number;
  readonly schemeVersion: number;
  /** SHA-256 of the recipe's own block (`hashOfBlock`), where another process has read it. */
  readonly blockHash?: string;
  /** The same of the recipe's own encoder: the hash of what is computed with (`hashOfEncoder`), and its sizes. */
  readonly encoder?: { readonly sha256: string; readonly layers: number; readonly patch: number };
}

/** What a prediction is: nothing (0), out of fold (1), of a sample that no training saw (2), seen in training (3). */
export type PredictionKindCode = 0 | 1 | 2 | 3;

/** Probabilities by key; rows of `kind` 0 are NaN. */
export interface Predictions {
  /** [n, C], classes in the order of `ClassList.ids`. */
  readonly probabilities: Float32Array;
  /** [n], PredictionKindCode. */
  readonly kind: Uint8Array;
  readonly classes: number;
}

export interface ScoresOfHead {
  readonly oof: Score | null;
  readonly val: Score | null;
  readonly test: Score | null;
}
export type RunScores = Record<Head, ScoresOfHead | null>;
