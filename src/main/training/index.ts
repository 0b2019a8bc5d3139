export * from './types';
export { inputImage, inputPlanes } from './input';
export { assignFolds } from './folds';
export { createRun, readRun, readPredictions, resolveRecipe, listRuns } from './runFolder';
export type { RunInfo } from './runFolder';
export { executeRun, scoreRun } from './execute';
export type { ExecuteOptions, RunOutcome } from './execute';
export { predictFiles } from './predict';
export type { FilePrediction } from './predict';
