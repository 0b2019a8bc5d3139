import type { Head, MetricsLine, Recipe, RecipeOptions, RunState } from '@shared/domain';
import { recipe } from '@shared/domain';
import type { Predictions, RunScores, RunSetup } from './types';

/** What a run's folder says about itself. */
export interface RunInfo {
  /** The folder's name. */
  readonly id: string;
  readonly folder: string;
  readonly number: number;
  readonly name: string;
  readonly note: string;
  readonly recipe: Recipe;
  /** e.g. `onnx · CPU, 2 threads`; `onnx` before it ran. */
  readonly engine: string;
  readonly state: RunState;
  readonly error: string | null;
  readonly startedAt: string;
  readonly seconds: number | null;
  readonly epochsDone: number;
  readonly journal: number;
  readonly splitVersion: number;
  /** The head that predicts by the default rule (SCIENCE section 6); null before the run is done. */
  readonly predictor: Head | null;
  readonly scores: RunScores;
  readonly lines: MetricsLine[];
  /** The last 200 lines. */
  readonly log: string[];
  readonly samples: { train: number; val: number; test: number; leftOut: number };
}

/** Options with their defaults. @throws UserError `run-refused` for combinations that teach nothing */
export function resolveRecipe(options: RecipeOptions): Recipe {
  return recipe.parse(options);
}

/** Makes the run's folder with everything that repeats it; nothing runs yet. */
export function createRun(setup: RunSetup): Promise<{ id: string; folder: string }> {
  throw new Error(setup.name);
}

/** @throws UserError `run-missing` where the folder is no run */
export function readRun(folder: string): RunInfo {
  throw new Error(folder);
}

/** Runs of a project, oldest first; folders that are no runs are left out. */
export function listRuns(runsDir: string): RunInfo[] {
  throw new Error(runsDir);
}

/** A head's predictions for `count` keys. Test samples have none before the run was scored. */
export function readPredictions(folder: string, head: Head): Promise<Predictions> {
  throw new Error(folder + head);
}
