export * from './types';
export { createRun, listRuns, readPredictions, readRun, resolveRecipe } from './runFolder';
export type { RunInfo } from './runFolder';
export { executeRun } from './execute';
export { scoreRun } from './scoreRun';
export type { ExecuteOptions, RunOutcome } from './execute';
export { predictFiles } from './predict';
export type { FilePrediction } from './predict';
