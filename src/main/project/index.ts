/**
 * A project on disk: samples, labels, splits and what was decided about them. One process writes; others read beside it.
 * Labels are an append-only journal of events; everything else that is said about labels is a view of it.
 */
export type {
  Holder,
  LabelSnapshot,
  NewProject,
  NewSample,
  NewSplits,
  NewSplitVersion,
  PixelPlace,
  PredictorChoice,
  Predictions,
  ProjectSource,
  RunNote,
  ScoredTest,
  SplitMaterial,
  StoredPair,
  ThumbPlace,
} from './types';
export { SPLIT_CODES, STATE_CODES, KIND_CODES } from './types';
export { createProject } from './create';
export { Project } from './project';
export { openPixels, type OpenOptions } from './opening';
export { readHolder } from './lock';
export { UserData, defaultUserDataDir } from './userData';
export { inputRecipeFor } from './inputRecipe';
export { PixelStore } from './pixels';
export type { SampleIndex, ListQuery } from './lists/sampleIndex';
export type { LabelJournal, SetOptions } from './journal/journal';
export type { ActivityQuery } from './journal/activity';
export type { Label } from './journal/fold';
export { resourcePath } from './resources';
