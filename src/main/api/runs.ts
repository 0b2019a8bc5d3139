import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RunQueue } from '@main/compute';
import { createRun, listRuns, readRun, resolveRecipe, type RunInfo } from '@main/training/runFolder';
import { markRun } from '@main/training/markRun';
import type { ClassList, TrainingSample } from '@main/training';
import {
  answerTo,
  takesPart,
  type AppEvent,
  type RecipeOptions,
  type RunDetail,
  type RunEstimate,
} from '@shared/domain';
import type { Recipe, RunSummary } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Session } from './session';

/** The runs of the open project: folders on disk, with names, notes and scorings from the store. */
export class Runs {
  readonly #queue: RunQueue;
  /** Folders of runs, listed once: only we add some while we hold the project. */
  #ids: Set<string> | null = null;
  /** What ended runs say changes only by us, and is read once. */
  readonly #ended = new Map<string, RunInfo>();
  /** Runs that we queued, until they end. */
  readonly #ends = new Map<string, Promise<void>>();
  /** Runs that have been heard of since they were started or resumed. */
  readonly #began = new Set<string>();

  #closed = false;

  constructor(
    private readonly session: Session,
    private readonly publish: (event: AppEvent) => void,
  ) {
    this.#queue = new RunQueue({
      compute: session.compute,
      onProgress: (progress) => {
        // The child says in the folder that it runs; its first word is when windows may look.
        if (!this.#began.has(progress.run)) {
          this.#began.add(progress.run);
          this.changed();
        }
        publish({ type: 'run', progress });
      },
      onChange: () => this.changed(),
    });
  }

  /** Whether a run is at work or waits for its turn. */
  get busy(): boolean {
    return this.#ends.size > 0;
  }

  /** Runs that say they are at work were cut off together with an earlier process: they can be resumed. */
  async settle(): Promise<void> {
    for (const { id, folder, state } of this.infos())
      if ((state === 'running' || state === 'queued') && !this.#ends.has(id)) await markRun(folder, 'stopped');
  }

  /** Oldest first. */
  infos(): RunInfo[] {
    if (!this.#ids) {
      const found = listRuns(this.session.project.runsDir);
      this.#ids = new Set(found.map((info) => info.id));
      for (const info of found) this.#keep(info);
    }
    return [...this.#ids].map((id) => this.info(id)).sort((a, b) => a.number - b.number);
  }

  /** @throws UserError run-missing */
  info(id: string): RunInfo {
    const ended = this.#ended.get(id);
    if (ended) return ended;
    const folder = join(this.session.project.runsDir, id);
    if (basename(folder) !== id || !existsSync(folder))
      throw new UserError('run-missing', `the project has no run ${id}`);
    return this.#keep(readRun(folder));
  }

  summaries(): RunSummary[] {
    return this.infos().map((info) => this.summary(info));
  }

  summary(info: RunInfo): RunSummary {
    const { project, predictions } = this.session;
    const noted = project.runNotes().find((note) => note.run === info.id);
    return {
      id: info.id,
      number: noted?.number ?? info.number,
      name: noted?.name ?? info.name,
      note: noted?.note ?? info.note,
      preset: info.recipe.preset,
      mode: info.recipe.mode,
      core: info.recipe.core,
      engine: info.engine,
      state: info.state,
      error: info.error,
      startedAt: info.startedAt,
      seconds: info.seconds,
      epochs: info.recipe.epochs,
      epochsDone: info.epochsDone,
      journal: info.journal,
      splitVersion: info.splitVersion,
      predictor: info.predictor,
      scores: info.scores,
      timesScored: project.testScored(info.id).times,
      predicting: predictions.info?.run === info.id,
    };
  }

  detail(id: string): RunDetail {
    const info = this.info(id);
    const { recipe, lines, log, samples } = info;
    return { summary: this.summary(info), recipe, lines, log, samples };
  }

  async start(options: RecipeOptions & { name?: string; note?: string }): Promise<RunSummary> {
    this.session.storage.requireRoom();
    const { name, note = '', ...asked } = options;
    const recipe = resolveRecipe(asked);
    const { samples, journal, hash } = this.session.samples();
    const { project } = this.session;
    const estimate = this.estimate(recipe);
    if (estimate.refused !== null) throw new UserError('run-refused', estimate.refused);
    const { id, folder } = await createRun({
      projectDir: project.dir,
      runsDir: project.runsDir,
      recipe,
      name: name ?? '',
      note,
      samples,
      classes: this.session.classes(),
      input: project.input,
      journal: { position: journal, hash },
      splitVersion: project.splits.version,
      schemeVersion: project.scheme.version,
    });
    project.addRun(id, name ?? null, note);
    this.#run(id, folder);
    return this.summary(this.info(id));
  }

  resume(id: string): RunSummary {
    const { state, folder } = this.info(id);
    if (state === 'done') throw new UserError('run-refused', 'this run is finished');
    this.session.storage.requireRoom();
    if (!this.#ends.has(id)) this.#run(id, folder);
    return this.summary(this.info(id));
  }

  async stop(id: string): Promise<RunSummary> {
    this.info(id);
    await this.#queue.stop(id);
    this.#ended.delete(id);
    return this.summary(this.info(id));
  }

  annotate(id: string, name: string, note: string): RunSummary {
    const info = this.info(id);
    this.session.project.annotateRun(id, name, note);
    this.changed();
    return this.summary(info);
  }

  /** The logged scoring of the test split: scored first, then logged, and shown only once it is logged. */
  async scoreTest(id: string): Promise<RunSummary> {
    const info = this.info(id);
    if (info.state !== 'done' && info.state !== 'stopped')
      throw new UserError('run-refused', 'only a finished run can score the test split');
    if (info.splitVersion !== this.session.project.splits.version)
      throw new UserError('run-refused', 'the splits were drawn anew since this run: its test samples are others now');
    await this.session.compute.scoreRun(info.folder);
    this.session.project.logTestScored(id);
    this.#ended.delete(id);
    await this.session.predictions.choose();
    this.changed();
    this.session.frameChanged();
    return this.summary(this.info(id));
  }

  /** What a run with these options would take. */
  estimate(options: RecipeOptions): RunEstimate {
    const { index, splits } = this.session.project;
    const { samples } = this.session.samples();
    const leftOut = { unsure: 0, excluded: 0, unlabelled: 0, leak: 0 };
    const counts = { train: 0, val: 0 };
    for (const sample of samples) {
      if (sample.leak) leftOut.leak += 1;
      else if (sample.split !== 'train' && sample.split !== 'val') continue;
      else if (sample.state === 'unsure' || sample.state === 'excluded') leftOut[sample.state] += 1;
      else if ((sample.class === null && !sample.answers) || !takesPart(sample.state)) leftOut.unlabelled += 1;
      else counts[sample.split] += 1;
    }
    const like = this.#lastLike(options);
    const perSample = like ? (like.seconds ?? 0) / Math.max(1, like.samples.train + like.samples.val) : null;
    let resolved: Recipe | null = null;
    let refused: string | null = null;
    try {
      resolved = resolveRecipe(options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused = error.reason;
    }
    const train = samples.filter((s) => s.split === 'train' && takesPart(s.state));
    refused ??= tooOneSided(train, this.session.classes());
    return {
      recipe: resolved ?? { ...resolveRecipe({}), ...options },
      samples: counts,
      leftOut,
      seconds: perSample === null ? null : perSample * (counts.train + counts.val),
      memoryBytes: null,
      engine: like?.engine ?? 'onnx',
      refused: refused ?? (index.size === 0 || splits.version < 1 ? 'the project has no samples' : null),
    };
  }

  /** Labels changed since the last finished run; null before the first. */
  changedSince(): number | null {
    const last = this.lastDone();
    return last ? this.session.project.labels.changedSince(last.journal) : null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.close();
  }

  changed(): void {
    if (!this.#closed) this.publish({ type: 'runs', runs: this.summaries() });
  }

  #run(id: string, folder: string): void {
    this.#ids?.add(id);
    this.#ended.delete(id);
    this.#began.delete(id);
    const end = this.#queue.add(folder).then(() => {
      this.#ends.delete(id);
      if (this.#closed) return;
      this.info(id);
      void this.session.predictions.choose().then(() => {
        this.changed();
        this.session.frameChanged();
      });
    });
    this.#ends.set(id, end);
    // Its folder still says how it ended before: that is not to be kept while it goes on.
    this.#ended.delete(id);
    this.changed();
  }

  /** The last run that finished. */
  lastDone(): RunInfo | undefined {
    if (!this.#ids) this.infos();
    return [...this.#ended.values()]
      .filter((info) => info.state === 'done')
      .sort((a, b) => a.number - b.number)
      .at(-1);
  }

  #keep(info: RunInfo): RunInfo {
    if (info.state !== 'running' && info.state !== 'queued' && !this.#ends.has(info.id)) this.#ended.set(info.id, info);
    return info;
  }

  #lastLike(options: RecipeOptions): RunInfo | undefined {
    return this.infos().findLast(
      ({ state, seconds, recipe }) =>
        state === 'done' &&
        seconds !== null &&
        recipe.core === (options.core ?? recipe.core) &&
        recipe.mode === (options.mode ?? recipe.mode),
    );
  }
}

/** Why samples of one kind alone cannot be learnt from; null where there are two kinds. */
function tooOneSided(train: readonly TrainingSample[], classes: ClassList): string | null {
  if (classes.kind !== 'answers')
    return new Set(train.flatMap((s) => s.class ?? [])).size < 2
      ? 'the training split needs samples of at least two classes'
      : null;
  const both = classes.ids.some((id) => {
    const said = new Set(train.map((s) => answerTo(s.answers, id)));
    return said.has('yes') && said.has('no');
  });
  return both ? null : 'the training split needs at least one question that was answered with yes and with no';
}
