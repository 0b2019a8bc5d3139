import { basename } from 'node:path';
import { exportedFile } from '@shared/domain';
import type { BlockLayers, ExportedFile, Head, InputRecipe, RunProgress, Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import type {
  ClassList,
  FilePrediction,
  Predictions,
  RunOutcome,
  RunScores,
  RunSetup,
  SampleHeat,
  TrainingSample,
  Measured,
  MeasureTask,
} from '@main/training';
import type { Duplicates } from '@main/project/import';
import { Child } from './child';
import type { Hold } from './hold';
import type { Prepared } from './liveProbe';
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
  #child: Child;
  readonly #runs = new Set<Child>();
  readonly #project: { dir: string; input: InputRecipe };
  /** The preparation at work: a run waits for it instead of computing the same features beside it. */
  #preparing: { end: Promise<void>; listeners: Set<(p: FeatureProgress) => void> } | null = null;

  constructor(private readonly options: ComputeOptions) {
    this.#child = new Child(options.spawner);
    this.#project = { dir: options.projectDir, input: options.input };
  }

  /** Features of all samples, cached on disk; what is there already costs nothing. */
  async prepareFeatures(
    samples: readonly TrainingSample[],
    o: { onProgress?: (p: FeatureProgress) => void; signal?: AbortSignal } = {},
  ): Promise<Prepared> {
    const params = { project: this.#project, samples: [...samples] };
    const listeners = new Set<(p: FeatureProgress) => void>(o.onProgress ? [o.onProgress] : []);
    const answer = this.#child.ask('prepareFeatures', params, {
      onProgress: (progress) => listeners.forEach((listener) => listener(progress as FeatureProgress)),
      signal: o.signal,
    });
    const preparing = { end: answer.then(done, done), listeners };
    this.#preparing = preparing;
    try {
      return (await answer) as Prepared;
    } finally {
      if (this.#preparing === preparing) this.#preparing = null;
    }
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
  async predictFiles(
    run: { folder: string; head: Head; on: Where } | null,
    files: readonly string[],
  ): Promise<FilePrediction[]> {
    return (await this.#child.ask('predictFiles', { run, files: [...files] })) as FilePrediction[];
  }

  /** What each part of a sample is worth to a run's opinion of a class, in a child of its own, which an abort ends at once. */
  async heatMap(
    of: { folder: string; head: Head; key: number; class: number },
    o: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal },
  ): Promise<SampleHeat> {
    const onProgress = (progress: unknown): void => {
      const { done, total } = progress as { done: number; total: number };
      o.onProgress?.(done, total);
    };
    const result = await this.#alone((child) => child.ask('heatMap', of, { onProgress, signal: o.signal }));
    return result as SampleHeat;
  }

  /** Equal and nearly equal samples among all of the project, in a child of its own, which an abort ends at once. */
  async findDuplicates(
    likeness: number,
    o: { onProgress?: (done: number) => void; signal: AbortSignal },
  ): Promise<Duplicates> {
    const params = { dir: this.options.projectDir, likeness };
    const onProgress = (done: unknown): void => o.onProgress?.(done as number);
    const result = await this.#alone((child) => child.ask('findDuplicates', params, { onProgress, signal: o.signal }));
    return result as Duplicates;
  }

  /**
   * Executes or resumes a run in a child of its own; aborting stops it and keeps the best so far.
   * @throws UserError cancelled where it was aborted before it began
   */
  async runFolder(
    folder: string,
    o: { onProgress?: (p: RunProgress) => void; signal?: AbortSignal; hold?: Hold } = {},
  ): Promise<RunOutcome> {
    await this.#prepared((p) => o.onProgress?.(featureStage(basename(folder), p)), o.signal);
    const { signal, hold } = o;
    const onProgress = (p: unknown): void => o.onProgress?.(p as RunProgress);
    const result = await this.#alone((child) => child.ask('runFolder', { folder }, { onProgress, signal, hold }));
    return result as RunOutcome;
  }

  /** The logged scoring of the test split. */
  async scoreRun(folder: string): Promise<RunScores> {
    return (await this.#alone((child) => child.ask('scoreRun', { folder }))) as RunScores;
  }

  /** Writes a run's network for others, checked against the engine, in a child of its own, which an abort ends at once. */
  async exportRun(folder: string, to: string, signal?: AbortSignal): Promise<ExportedFile[]> {
    const result = await this.#alone((child) => {
      signal?.addEventListener('abort', () => void child.close(), { once: true });
      return child.ask('exportRun', { folder, to });
    });
    return exportedFile.array().parse(result);
  }

  /** SHA-256 of a block as a run computes with it, which also says that it can be read. @throws UserError */
  async encoderFacts(path: string): Promise<NonNullable<RunSetup['encoder']>> {
    return (await this.#alone((child) => child.ask('encoderFacts', { path }))) as NonNullable<RunSetup['encoder']>;
  }

  async hashBlock(path: string, layer: BlockLayers): Promise<string> {
    return (await this.#alone((child) => child.ask('hashBlock', { path, layer }))) as string;
  }

  /** Ends the child that holds features in memory; the next question starts a fresh one. */
  async forget(): Promise<void> {
    const before = this.#child;
    this.#child = new Child(this.options.spawner);
    await before.close();
  }

  /** What a `full` run would take, in a child of its own; aborting ends it at once. */
  async measure(task: MeasureTask, signal: AbortSignal): Promise<Measured> {
    const result = await this.#alone((child) => {
      signal.addEventListener('abort', () => void child.close(), { once: true });
      return child.ask('measure', {
        ...task,
        keys: [...task.keys],
        labels: Int16Array.from(task.labels),
        answers: task.answers && Uint8Array.from(task.answers),
      });
    });
    return result as Measured;
  }

  /** Ends the children of runs where they stand. */
  async endRuns(): Promise<void> {
    await Promise.all([...this.#runs].map((child) => child.close()));
  }

  /** Ends all children. */
  async close(): Promise<void> {
    await Promise.all([this.endRuns(), this.#child.close()]);
  }

  /** Resolves when no preparation is at work. */
  async #prepared(onProgress: (p: FeatureProgress) => void, signal?: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
    while (this.#preparing && !signal?.aborted) {
      const { end, listeners } = this.#preparing;
      listeners.add(onProgress);
      await Promise.race([end, aborted]);
      listeners.delete(onProgress);
    }
    if (signal?.aborted) throw new UserError('cancelled', 'the run was stopped before it began');
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

const done = (): void => undefined;

/** What a run that waits for features says of itself. */
const featureStage = (run: string, { done, total, secondsLeft }: FeatureProgress): RunProgress => ({
  run,
  stage: 'features',
  done,
  total,
  epoch: null,
  epochs: null,
  secondsLeft,
  paused: false,
  memoryBytes: null,
  waiting: null,
  line: null,
  log: null,
});
