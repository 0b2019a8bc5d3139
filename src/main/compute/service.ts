import type { Head, InputRecipe, RunProgress } from '@shared/domain';
import type { ClassList, FilePrediction, Predictions, RunOutcome, RunScores, TrainingSample } from '@main/training';
import type { Spawner } from './spawner';

export interface ComputeOptions {
  readonly spawner: Spawner;
  /** The open project's folder: pixels are read from it, features cached in it. */
  readonly projectDir: string;
  readonly input: InputRecipe;
}
export interface FeatureProgress {
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
}
export interface ProbeAnswer extends Predictions {
  /** From the request to the answer. */
  readonly seconds: number;
}
export interface NeighbourAnswer {
  readonly key: number;
  /** 1 − cosine of the standardised features. */
  readonly distance: number;
}

/** The project's compute: one child for features, probe, neighbours and predictions, and one of its own for each run. */
export class ComputeService {
  constructor(private readonly options: ComputeOptions) {}

  /** Features of all samples, cached on disk; what is there already costs nothing. */
  prepareFeatures(
    samples: readonly TrainingSample[],
    o: { onProgress?: (p: FeatureProgress) => void; signal?: AbortSignal } = {},
  ): Promise<{ computed: number; total: number }> {
    throw new Error(`${samples.length} ${String(o)} ${this.options.projectDir}`);
  }

  /** Fits the probe on these labels: out-of-fold predictions for train and validation, none for test. Needs `prepareFeatures`. */
  fitProbe(samples: readonly TrainingSample[], classes: ClassList): Promise<ProbeAnswer> {
    throw new Error(`${samples.length} ${classes.ids.length}`);
  }

  /** The nearest of train and validation by features, nearest first. */
  neighbours(key: number, count: number): Promise<NeighbourAnswer[]> {
    throw new Error(`${key} ${count}`);
  }

  /** @param run null: the live probe on the labels that it was last fitted on */
  predictFiles(run: { folder: string; head: Head } | null, files: readonly string[]): Promise<FilePrediction[]> {
    throw new Error(`${run?.folder} ${files.length}`);
  }

  /** Executes or resumes a run in a child of its own; aborting stops it and keeps the best so far. */
  runFolder(
    folder: string,
    o: { onProgress?: (p: RunProgress) => void; signal?: AbortSignal } = {},
  ): Promise<RunOutcome> {
    throw new Error(`${folder} ${String(o)}`);
  }

  /** The logged scoring of the test split. */
  scoreRun(folder: string): Promise<RunScores> {
    throw new Error(folder);
  }

  /** Ends all children. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
