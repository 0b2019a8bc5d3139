import type {
  FolderMeaning,
  ImportDecisions,
  ImportProgress,
  ImportResult,
  ImportReview,
  PartialTableMap,
  StudyOptions,
} from '@shared/domain';
import type { Frame } from '@shared/pixels';
import type { VolumeReading } from '../volumes';

export interface InspectOptions {
  /** One `.npz`, `images.npy` + `labels.npy`, a folder, or several of a kind. */
  paths: readonly string[];
  /** CSV or XLSX with a row a picture. */
  table?: string;
  /** Which of its columns is what; columns of the roles' own names need none. */
  map?: PartialTableMap;
  name?: string;
  /** What the folders inside a folder stand for where no table speaks; `classes` unless said. */
  folders?: FolderMeaning;
  /** What of studies becomes samples, and how; absent: whatever the paths hold, with the defaults where that are studies. */
  studies?: StudyOptions;
  /** Of the chosen volumes those that are read now; classes follow from all. */
  batch?: readonly string[];
  /** Reads studies; in this process unless given. */
  reading?: VolumeReading;
  /** Folder (made when missing) below which the draft keeps decoded pixels until it is committed or discarded. */
  stagingDir: string;
  /** Correlation above which pictures are near-duplicates; `NEAR` unless the person moves it. */
  likeness?: number;
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
}

export interface CommitOptions {
  dir: string;
  force?: boolean;
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
}

/** A source that was read whole and is not fixed yet. */
export interface ImportDraft {
  readonly importId: string;
  review(): ImportReview;
  /** Looks for near-duplicates once more, by another threshold: the review is another one then. */
  lookAgain(likeness: number): Promise<void>;
  /** Thumbnails (≤ 96 pixels a side, volumes their middle slice); `key` is the index in the draft. */
  thumbs(indices: readonly number[]): Promise<Frame[]>;
  /**
   * Writes the project below `<dir>.importing-<id>` and renames it into place at the end.
   * `force` replaces an existing project. The draft is used up afterwards.
   */
  commit(decisions: ImportDecisions, options: CommitOptions): Promise<ImportResult>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

export { inspectGrowth, inspectImport, removeLeftovers } from './inspect';
export { GrowthDraft } from './grow/draft';
export { contentHash, contentPrefix } from './content';
export { volumeContent } from '../volumeContent';
export { rebuildCache } from './rebuild';
export { relink } from './relink';
export { findDuplicates, MOST_LOOKED_AT, type Duplicates, type Pair } from './duplicates';
export { findLater } from './later';
export { countDuplicates, countPatientLeaks, countTestLeaks, describePairs } from './judge';
export { joinGroups } from './groups';
export { previewOf, splitVersionOf } from './regroup';
export { assignSplits, type SplitAssignment } from './splits';
export { describeStudies, type DescribedStudies } from './studies/listing';
export { middleThumb } from './studies/digest';
export { holdStudies } from './studies/sniff';
export { TableMapper } from './table/preview';
