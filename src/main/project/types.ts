import type {
  DuplicateCounts,
  DuplicatePair,
  InputRecipe,
  LabelAnswers,
  LabelClass,
  LabelKind,
  LabelScheme,
  LabelState,
  LabelValue,
  PredictionKind,
  Split,
  SplitPolicy,
  TableMap,
  VolumeAbout,
  VolumeInfo,
  VolumeRecipe,
} from '@shared/domain';
import type { VolumeOriginal } from './identity';
import type { PixelType } from '@shared/pixels';

/**
 * Where a sample's stored values lie. `pack`: a file in `cache/pixels/` of raw little-endian values; `file`: an image below its source;
 * `series`: a volume of a study, by its key (of a `NewSample`: its place in the import's list of volumes).
 */
export type PixelPlace =
  | { readonly kind: 'pack'; readonly pack: string; readonly offset: number }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'series'; readonly volume: number };

/** A small picture in `cache/thumbs.bin`: raw values of the sample's own type and channels, at most 96 pixels a side. */
export interface ThumbPlace {
  readonly offset: number;
  readonly width: number;
  readonly height: number;
}

/** A sample as the import hands it over. Its place in the list is its `key`. */
export interface NewSample {
  readonly id: string;
  /** SHA-256 of `shape|dtype|` and the raw little-endian pixels, hex. */
  readonly contentHash: string;
  readonly width: number;
  readonly height: number;
  /** 1 in 2D. */
  readonly depth: number;
  readonly channels: 1 | 3;
  readonly type: PixelType;
  /** Full scale of bytes and words, or the range of the values of floats (`shared/pixels.ts`). */
  readonly low: number;
  readonly high: number;
  /** Index into `sources`. */
  readonly source: number;
  readonly pixels: PixelPlace;
  /** null where the stored picture itself (of a volume its middle slice) has at most 96 pixels a side. */
  readonly thumb: ThumbPlace | null;
  /** Class id, null without a label. */
  readonly class: number | null;
  /** Of kind `answers` in place of the class; null or absent without a label. */
  readonly answers?: LabelAnswers | null;
  /** `labelled` (or `unlabelled`) unless the source says more. */
  readonly state?: LabelState;
  /** Who gave the label, where the source says so. */
  readonly reader?: string | null;
  /** PatientID as the source names it, with its issuer (`patientOf`); kept only in `identity.json`, elsewhere as a keyed hash. */
  readonly patient?: string | null;
  /** The split that the data brought. */
  readonly officialSplit: Split | null;
  /** Number of its group (0 …) in this version of the splits: patient, joined with duplicates. */
  readonly group: number;
  /** null where it takes part in none. */
  readonly split: Split | null;
  /** Left out of its split because it shares a group with another one; its split is then stored as null. */
  readonly leak: boolean;
}

/** A volume of a study as the import hands it over, de-identified but for `patient` and `original`. */
export interface NewVolume {
  /** Pseudonym. */
  readonly id: string;
  readonly info: VolumeInfo;
  readonly about: VolumeAbout;
  /** As `NewSample.patient`. */
  readonly patient: string | null;
  /** Stands for its study everywhere else. */
  readonly study: string;
  /** Three 28×28 pictures in which near-duplicates are looked for. */
  readonly look: Float32Array;
  readonly original: VolumeOriginal;
}

/** A file or folder that the samples came from. Lives in `identity.json` only. */
export interface ProjectSource {
  /** Absolute; relative to the project's folder where the originals travel with it. */
  readonly path: string;
  /** Folders in which pictures of a `folder` were found again, the last found first; looked into before `path`. */
  readonly located?: readonly string[];
  readonly kind: 'npz' | 'npy' | 'folder' | 'studies';
  /** SHA-256 of the file, where there is one file. */
  readonly hash: string | null;
  readonly bytes: number;
  /** Whatever the import needs to read it again, e.g. the names of members or the table's path. */
  readonly details?: Readonly<Record<string, string | number | null>>;
  /** How its table was read, to be used again. */
  readonly map?: TableMap;
}

/** A column of a table to filter by: one value a sample, by key. */
export interface NewMetadata {
  readonly name: string;
  readonly values: readonly (string | null)[];
}

export interface NewSplits {
  readonly policy: SplitPolicy;
  readonly seed: number;
  readonly patientsKnown: boolean;
  readonly testLeaks: number;
  readonly patientLeaks: number;
  readonly nearLookedFor: boolean;
  /** False where they were drawn by group alone, because nothing was labelled. */
  readonly stratified: boolean;
}

export type StoredPair = DuplicatePair & { readonly joined: boolean };
/** `joined` as the present splits have it; null where it was found after they were made. */
export type LoadedPair = DuplicatePair & { readonly joined: boolean | null };

export interface NewProject {
  readonly name: string;
  readonly dimensions: '2d' | '3d';
  readonly kind: LabelKind;
  readonly classes: readonly LabelClass[];
  readonly positive: number | null;
  /** Left/right does not matter for the classes. */
  readonly flips: boolean;
  /** `inputRecipeFor(samples)` unless given. */
  readonly input?: InputRecipe;
  /** Of volumes of studies: what shall be otherwise than they suggest. */
  readonly recipe?: Partial<VolumeRecipe>;
  readonly sources: readonly ProjectSource[];
  readonly samples: readonly NewSample[];
  readonly volumes?: readonly NewVolume[];
  /** Key of the hashes that stand for patients, where the import needed it already. */
  readonly secret?: string;
  readonly splits: NewSplits;
  readonly duplicates: DuplicateCounts;
  /** Correlation above which pictures were taken for near-duplicates; `NEAR` unless given. */
  readonly likeness?: number;
  /** Sides' `index` are keys. */
  readonly pairs: readonly StoredPair[];
  readonly metadata?: readonly NewMetadata[];
  readonly quarantined: readonly { readonly file: string; readonly reason: string }[];
}

/** What a second import adds to a project; keys of new samples follow those that are there. */
export interface ProjectGrowth {
  readonly samples: readonly NewSample[];
  readonly volumes?: readonly NewVolume[];
  /** All of the project's, old ones at their places. */
  readonly sources: readonly ProjectSource[];
  readonly quarantined: readonly { readonly file: string; readonly reason: string }[];
  /** Pairs with a new sample. */
  readonly pairs: readonly StoredPair[];
  readonly duplicates: DuplicateCounts;
  /** Columns of tables over all samples; null: as they are. */
  readonly metadata: readonly NewMetadata[] | null;
  /** null where there is no new sample: the present version stays. */
  readonly splits: NewSplitVersion | null;
  /** A next version with new classes; null: as it is. */
  readonly scheme: LabelScheme | null;
  /** Labels of samples that are there already, as a table says them now. */
  readonly relabelled: readonly { readonly key: number; readonly value: LabelValue; readonly reader: string | null }[];
}

/** What a new version of the splits says of every sample, by key. */
export interface NewSplitVersion extends NewSplits {
  readonly groups: Uint32Array;
  readonly split: readonly (Split | null)[];
  readonly leak: readonly boolean[];
  /** `joined` of every pair, in the order of `pairs()`; null: nothing was decided of it. */
  readonly joined: readonly (boolean | null)[];
}

/** All that a new version of the splits is drawn from, by key. */
export interface SplitMaterial {
  /** Keyed hash of the patient, null where none is known. */
  readonly patients: readonly (string | null)[];
  readonly officialSplits: readonly (Split | null)[];
  /** Class ids, null without a label; of answers the number of the rarest question that is yes. */
  readonly classes: readonly (number | null)[];
  readonly pairs: readonly LoadedPair[];
}

/** Predictions on screen, by key. */
export interface Predictions {
  /** The run's folder name; null: the live probe. */
  readonly run: string | null;
  readonly head: string;
  /** Class id of each column. */
  readonly classes: readonly number[];
  /** [samples, classes]; NaN where there is none. */
  readonly probabilities: Float32Array;
  /** [samples], `KIND_CODES`. */
  readonly kind: Uint8Array;
}

/** Codes of typed arrays, by key: splits, states, kinds of prediction. */
export const SPLIT_CODES = ['train', 'val', 'test', null] as const satisfies readonly (Split | null)[];
export const STATE_CODES = [
  'unlabelled',
  'labelled',
  'checked',
  'unsure',
  'excluded',
] as const satisfies readonly LabelState[];
export const KIND_CODES = [
  null,
  'out-of-fold',
  'unseen',
  'seen-in-training',
] as const satisfies readonly (PredictionKind | null)[];

/** All labels at one position of the journal, by key. */
export interface LabelSnapshot {
  readonly position: number;
  /** SHA-256 over all events up to `position`, hex: equal hashes, equal histories. */
  readonly hash: string;
  /** Class ids, −1 without a label. */
  readonly classes: Int32Array;
  /** `STATE_CODES`. */
  readonly states: Uint8Array;
  /** Of each question (class id) every sample's code in `ANSWER_CODES`; empty for kinds other than `answers`. */
  readonly answers: ReadonlyMap<number, Uint8Array>;
  /** Id of the event that the label stands on. */
  readonly events: readonly (string | null)[];
}

/** Who holds a project open for writing. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly holder: 'app' | 'cli' | 'serve';
  /** Unix socket or named pipe on which the holder answers. */
  readonly socket: string | null;
  /** ISO 8601. */
  readonly since: string;
}

export interface ScoredTest {
  readonly run: string;
  readonly time: string;
  readonly reader: string | null;
  readonly splitVersion: number;
  readonly journal: number;
}

/** What the store keeps of a run beside its folder. */
export interface RunNote {
  readonly run: string;
  readonly number: number;
  readonly name: string;
  readonly note: string;
}

export interface PredictorChoice {
  readonly run: string | null;
  readonly head: 'probe' | 'plain' | 'chosen';
}
