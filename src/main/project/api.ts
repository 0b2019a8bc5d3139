import type {
  ActivityPage,
  DecisionRule,
  DuplicatePair,
  Facets,
  InputRecipe,
  LabelChange,
  LabelClass,
  LabelEvent,
  LabelOrigin,
  LabelSaved,
  LabelScheme,
  LabelUndone,
  ProjectInfo,
  ReadingContext,
  SampleFilter,
  SampleRow,
  SampleSort,
  SplitVersion,
  Twin,
} from '@shared/domain';
import type { Frame } from '@shared/pixels';
import type {
  Holder,
  LabelSnapshot,
  NewSplitVersion,
  PredictorChoice,
  Predictions,
  ProjectSource,
  RunNote,
  ScoredTest,
  SplitMaterial,
} from './types';

export interface SetOptions {
  origin: Extract<LabelOrigin, 'read' | 'bulk' | 'suggestion' | 'script'>;
  context: ReadingContext | null;
  /** The project's present reader otherwise. */
  reader?: string;
}

/** The append-only journal of labels. Every method that changes answers after the transaction is durable. */
export interface LabelJournal {
  /** Sequence number of the last event; 0 when there is none. */
  readonly position: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  set(keys: readonly number[], change: LabelChange, options: SetOptions): LabelSaved;
  /** One undoable step with a change of its own for each sample (accepting suggestions). */
  setEach(changes: readonly { key: number; change: LabelChange }[], options: SetOptions): LabelSaved;
  undo(): LabelUndone;
  redo(): LabelUndone;
  activity(query: {
    before: number | null;
    limit: number;
    key?: number;
    reader?: string;
    origin?: string;
    text?: string;
    withoutImported?: boolean;
  }): ActivityPage;
  /** Oldest first. */
  history(key: number): LabelEvent[];
  now(): LabelSnapshot;
  /** @throws UserError `value-invalid` for a position that the journal never had */
  at(position: number): LabelSnapshot;
  /** Samples whose class or state differs from what it was at `position`. */
  changedSince(position: number): number;
  exportCsv(file: string, options?: { allReaders?: boolean }): Promise<{ file: string; rows: number }>;
  importCsv(
    file: string,
    options?: { reader?: string },
  ): Promise<{ file: string; rows: number; changed: number; keys: number[] }>;
}

/** What lists ask, answered from memory. */
export interface SampleIndex {
  readonly size: number;
  /** Bumped by labels, predictions, rule, splits. */
  readonly version: number;
  list(query: { filter: SampleFilter; sort: SampleSort; descending?: boolean; seed?: number }): number[];
  facets(filter: SampleFilter): Facets;
  rows(keys: readonly number[]): SampleRow[];
  id(key: number): string;
  /** @throws UserError `sample-missing` */
  key(id: string): number;
  contentHash(key: number): string;
  group(key: number): number;
  /** `SPLIT_CODES`, `STATE_CODES`; class ids (−1 none), 1 where left out as a leak; views by key, not to be written. */
  readonly splits: Uint8Array;
  readonly states: Uint8Array;
  readonly classes: Int32Array;
  readonly groups: Uint32Array;
  readonly leaks: Uint8Array;
  /** By the decision rule; −1 none. */
  readonly predicted: Int32Array;
  readonly predictions: Predictions | null;
}

/** Stored pixels, read only; usable beside a writer and from another process. */
export interface PixelStore {
  readonly size: number;
  readonly input: InputRecipe;
  /** [width, height, depth], channels, type. */
  shape(key: number): { width: number; height: number; depth: number; channels: number; type: string };
  contentHash(key: number): string;
  /** @throws UserError `file-missing` where cache or original is gone */
  frame(key: number): Promise<Frame>;
  thumb(key: number): Promise<Frame>;
  thumbs(keys: readonly number[]): Promise<Frame[]>;
  close(): Promise<void>;
}

export interface Project {
  readonly dir: string;
  readonly id: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly scheme: LabelScheme;
  readonly splits: SplitVersion;
  readonly input: InputRecipe;
  readonly flips: boolean;
  readonly rule: DecisionRule;
  readonly reader: string | null;
  readonly runsDir: string;
  readonly cacheDir: string;
  readonly exportsDir: string;
  readonly index: SampleIndex;
  readonly labels: LabelJournal;
  readonly pixels: PixelStore;
  close(): Promise<void>;
  /** Everything of `projectInfo` that the store knows. */
  base(): Omit<ProjectInfo, 'changedSinceRun' | 'predictor' | 'probe'>;
  readers(): string[];
  rename(name: string): void;
  setReader(reader: string): void;
  setRule(rule: DecisionRule): void;
  setClasses(classes: readonly LabelClass[], positive: number | null): void;
  setPredictions(predictions: Predictions | null): void;
  twins(key: number): Twin[];
  pairs(offset: number, limit: number): { pairs: (DuplicatePair & { joined: boolean })[]; total: number };
  splitMaterial(): SplitMaterial;
  /** @throws UserError `value-invalid` once the test split was scored */
  resplit(version: NewSplitVersion): void;
  /** Paths of the originals (from `identity.json`). */
  sources(): readonly ProjectSource[];
  /** Logs that this run's predictions of the test split were looked at. */
  logTestScored(run: string): void;
  scoredTests(): ScoredTest[];
  testScored(run?: string): { times: number; runs: number };
  /** Numbers a new run (1, 2 …) and keeps its name and note. */
  addRun(run: string, name: string | null, note: string): RunNote;
  runNotes(): RunNote[];
  annotateRun(run: string, name: string, note: string): void;
  readonly predictorChoice: PredictorChoice | null;
  choosePredictor(choice: PredictorChoice | null): void;
}

export interface OpenOptions {
  holder: Holder['holder'];
  /** Where other processes reach this one. */
  socket?: string;
  /** No lock, no change; may be opened beside a writer. */
  readOnly?: boolean;
}
