/**
 * A project on disk: samples, labels, splits and what was decided about them. One process writes; others read beside it.
 * Labels are an append-only journal of events; everything else that is said about labels is a view of it.
 */
export type { Holder, LabelSnapshot, NewProject, NewSample, NewSplitVersion, Predictions, StoredPair } from './types';
export { SPLIT_CODES, STATE_CODES, KIND_CODES } from './types';
export { ANSWER_CODES } from './journal/answerColumns';
export { GONE } from './journal/labelView';
export { lengthened } from './lists/predictionView';
export { rarestYes } from './strata';
export { predictionsUnder } from './lists/predictionsUnder';
export type { FoundPairs } from './laterPairs';
export { createProject } from './create';
export { Project } from './project';
export { openPixels, type OpenOptions } from './opening';
export { readHolder } from './lock';
export { UserData, defaultUserDataDir } from './userData';
export { inputRecipeFor } from './inputRecipe';
export { builtEntry, resourcePath } from './resources';
export { unreadable, type ProjectVolumes, type ReadVolume, type VolumeReading } from './volumes';
