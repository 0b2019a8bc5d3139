import type {
  BlockLayers,
  DecisionRule,
  DuplicateCounts,
  Figures,
  Head,
  InputRecipe,
  LabelOrigin,
  LabelScheme,
  LabelState,
  MetricsLine,
  Recipe,
  RereadRound,
  RereadSummary,
  RunSummary,
  Scope,
  Split,
  SplitVersion,
} from '@shared/domain';

/** Why a sample takes no part; the first reason that holds counts, as in every figure. */
export type LeftOut = 'leak' | 'noSplit' | 'unsure' | 'excluded' | 'unlabelled';

/** Samples that end at the same place of the flow. */
export interface FlowRow {
  readonly split: Split | null;
  /** null where they take part. */
  readonly leftOut: LeftOut | null;
  /** Of excluded ones, as the reader gave it. */
  readonly reason: string | null;
  /** The class's name, `answered` of several answers; null without a label. */
  readonly label: string | null;
  readonly samples: number;
}

/** Figures of one head on one set of samples, with the labels of now or those of the first scoring. */
export interface ReportedFigures {
  readonly head: Head;
  readonly scope: Scope;
  readonly labels: 'now' | 'original';
  readonly figures: Figures;
}

export interface ReportedRun {
  readonly summary: RunSummary;
  readonly recipe: Recipe;
  readonly lines: readonly MetricsLine[];
  readonly versions: Readonly<Record<string, string>>;
  readonly device: string;
  readonly encoder: { readonly file: string; readonly sha256: string };
  readonly block: { readonly file: string; readonly sha256: string; readonly layer: BlockLayers } | null;
  readonly journal: { readonly position: number; readonly hash: string | null };
  readonly splitVersion: number;
  readonly schemeVersion: number;
  readonly samples: { readonly train: number; readonly val: number; readonly test: number; readonly leftOut: number };
  /** Labels that changed since. */
  readonly changedSince: number;
}

/** How one yes/no question was answered, over the samples of a split that take part. */
export interface QuestionRow {
  readonly question: string;
  readonly split: Split;
  readonly yes: number;
  readonly no: number;
  readonly notAssessed: number;
}

/** All that a report says: no path, no patient, no sample's id. */
export interface ReportFacts {
  readonly project: {
    readonly name: string;
    readonly dimensions: '2d' | '3d';
    readonly samples: number;
    readonly groups: number;
    readonly flips: boolean;
    readonly input: InputRecipe;
    readonly sources: readonly { readonly kind: string; readonly sha256: string | null }[];
  };
  readonly scheme: LabelScheme;
  readonly rule: DecisionRule;
  readonly quarantined: readonly { readonly reason: string; readonly files: number }[];
  /** With the correlation above which pictures were taken for nearly equal. */
  readonly duplicates: DuplicateCounts & { readonly joined: number; readonly likeness: string };
  readonly flow: readonly FlowRow[];
  /** Of several answers; empty otherwise. */
  readonly questions: readonly QuestionRow[];
  readonly splits: SplitVersion;
  readonly labels: {
    readonly states: readonly { readonly state: LabelState; readonly samples: number }[];
    /** null: the data brought them without a name. */
    readonly readers: readonly { readonly reader: string | null; readonly samples: number }[];
    readonly origins: readonly { readonly origin: LabelOrigin; readonly events: number; readonly standing: number }[];
    readonly onScreen: { readonly prediction: number; readonly none: number; readonly hidden: number };
    readonly corrected: readonly { readonly from: string; readonly to: string; readonly samples: number }[];
    /** Samples that brought a label. */
    readonly brought: number;
    readonly position: number;
    readonly hash: string;
  };
  readonly run: ReportedRun | null;
  readonly runs: readonly RunSummary[];
  /** Whose curves are drawn. */
  readonly head: Head;
  readonly figures: readonly ReportedFigures[];
  /** Why there are no figures; null where there are. */
  readonly noFigures: string | null;
  readonly scorings: readonly {
    readonly time: string;
    readonly run: string;
    readonly reader: string | null;
    readonly splitVersion: number;
  }[];
  /** Blind re-reading of the test split. */
  readonly rereads: {
    /** Every blind reading, those of command lines too. */
    readonly readings: number;
    readonly rounds: readonly (Pick<RereadRound, 'number' | 'reader' | 'startedAt' | 'samples' | 'read'> & {
      /** null while the round goes on. */
      readonly outcome: Pick<RereadSummary, 'same' | 'changed' | 'withdrawn' | 'agreement'> | null;
    })[];
  };
  readonly app: { readonly residua: string; readonly node: string };
}
