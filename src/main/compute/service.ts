import type { Head, InputRecipe, RunProgress } from '@shared/domain';
import type { ClassList, FilePrediction, Predictions, RunOutcome, RunScores, TrainingSample } from '@main/training';
import { Child } from './child';
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
  /** Labels changed so much since the strengths were chosen that choosing anew is due. */
  readonly choiceIsOld: boolean;
}
export interface NeighbourAnswer {
  readonly key: number;
  /** 1 − cosine of the standardised features. */
  readonly distance: number;
}

/** The project's compute: one child for features, probe, neighbours and predictions, and one of its own for each run. */
export class ComputeService {
  readonly #child: Child;
  readonly #runs = new Set<Child>();
  readonly #project: { dir: string; input: InputRecipe };

  constructor(private readonly options: ComputeOptions) {
    this.#child = new Child(options.spawner);
    this.#project = { dir: options.projectDir, input: options.input };
  }

  /** Features of all samples, cached on disk; what is there already costs nothing. */
  async prepareFeatures(
    samples: readonly TrainingSample[],
    o: { onProgress?: (p: FeatureProgress) => void; signal?: AbortSignal } = {},
  ): Promise<{ computed: number; total: number }> {
    const params = { project: this.#project, samples: [...samples] };
    const result = await this.#child.ask('prepareFeatures', params, {
      onProgress: (progress) => o.onProgress?.(progress as FeatureProgress),
      signal: o.signal,
    });
    return result as { computed: number; total: number };
  }

  /**
   * Fits the probe on these labels: out-of-fold predictions for train and validation, none for test. Needs `prepareFeatures`.
   * @param o.choose choose the strength anew by inner folds (the first fit always does)
   */
  async fitProbe(
    samples: readonly TrainingSample[],
    classes: ClassList,
    o: { choose?: boolean } = {},
  ): Promise<ProbeAnswer> {
    const start = performance.now();
    const params = { project: this.#project, samples: [...samples], classes, choose: o.choose ?? false };
    const answer = (await this.#child.ask('fitProbe', params)) as Omit<ProbeAnswer, 'seconds'>;
    return { ...answer, seconds: (performance.now() - start) / 1000 };
  }

  /** The nearest of train and validation by features, nearest first. */
  async neighbours(key: number, count: number): Promise<NeighbourAnswer[]> {
    return (await this.#child.ask('neighbours', { key, count })) as NeighbourAnswer[];
  }

  /** @param run null: the live probe on the labels that it was last fitted on */
  async predictFiles(run: { folder: string; head: Head } | null, files: readonly string[]): Promise<FilePrediction[]> {
    return (await this.#child.ask('predictFiles', { run, files: [...files] })) as FilePrediction[];
  }

  /** Executes or resumes a run in a child of its own; aborting stops it and keeps the best so far. */
  async runFolder(
    folder: string,
    o: { onProgress?: (p: RunProgress) => void; signal?: AbortSignal } = {},
  ): Promise<RunOutcome> {
    const result = await this.#alone((child) =>
      child.ask('runFolder', { folder }, { onProgress: (p) => o.onProgress?.(p as RunProgress), signal: o.signal }),
    );
    return result as RunOutcome;
  }

  /** The logged scoring of the test split. */
  async scoreRun(folder: string): Promise<RunScores> {
    return (await this.#alone((child) => child.ask('scoreRun', { folder }))) as RunScores;
  }

  /** Ends the children of runs where they stand. */
  async endRuns(): Promise<void> {
    await Promise.all([...this.#runs].map((child) => child.close()));
  }

  /** Ends all children. */
  async close(): Promise<void> {
    await Promise.all([this.endRuns(), this.#child.close()]);
  }

  async #alone(task: (child: Child) => Promise<unknown>): Promise<unknown> {
    const child = new Child(this.options.spawner);
    this.#runs.add(child);
    try {
      return await task(child);
    } finally {
      this.#runs.delete(child);
      await child.close();
    }
  }
}
