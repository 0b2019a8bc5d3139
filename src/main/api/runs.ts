import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RunQueue } from '@main/compute';
import {
  createRun,
  listRuns,
  moveRun,
  needsBlock,
  readRun,
  resolveRecipe,
  type RunInfo,
} from '@main/training/runFolder';
import { freeFolder } from './report/write';
import { markRun } from '@main/training/markRun';
import { ANYWHERE } from '@shared/domain';
import type { AppEvent, ExportedFile, HeadScores, Preset, RecipeOptions, RunDetail, RunEstimate } from '@shared/domain';
import type { RunSummary, Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import { RunEstimates } from './runEstimates';
import type { Session } from './session';

/** The runs of the open project: folders on disk, with names, notes and scorings from the store. */
export class Runs {
  readonly #queue: RunQueue;
  readonly #estimates: RunEstimates;
  /** Folders of runs, listed once: only we add some while we hold the project. */
  #ids: Set<string> | null = null;
  /** What ended runs say changes only by us, and is read once. */
  readonly #ended = new Map<string, RunInfo>();
  /** Runs that we queued, until they end. */
  readonly #ends = new Map<string, Promise<void>>();
  /** Runs that have been heard of since they were started or resumed. */
  readonly #began = new Set<string>();
  /** Runs that stand still, as their children say. */
  readonly #paused = new Set<string>();

  #closed = false;

  constructor(
    private readonly session: Session,
    private readonly publish: (event: AppEvent) => void,
  ) {
    this.#estimates = new RunEstimates(session, {
      infos: () => this.infos(),
      busy: () => this.#queue.current !== null,
      changed: () => this.changed(),
    });
    this.#queue = new RunQueue({
      compute: session.compute,
      onProgress: (progress) => {
        // The child says in the folder that it runs; its first word is when windows may look. While it waits for features it is none.
        if (!this.#began.has(progress.run) && this.info(progress.run).state !== 'queued') {
          this.#began.add(progress.run);
          this.changed();
        }
        publish({ type: 'run', progress });
        if (progress.paused !== this.#paused.has(progress.run)) {
          if (progress.paused) this.#paused.add(progress.run);
          else this.#paused.delete(progress.run);
          this.changed();
        }
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
    const noted = project.runs.all().find((note) => note.run === info.id);
    const timesScored = info.splitVersion === project.splits.version ? project.scorings.count(info.id).times : 0;
    return {
      id: info.id,
      number: noted?.number ?? info.number,
      name: noted?.name ?? info.name,
      note: noted?.note ?? info.note,
      preset: info.recipe.preset,
      mode: info.recipe.mode,
      core: info.recipe.core,
      engine: info.engine,
      state: info.state === 'running' && this.#paused.has(info.id) ? 'paused' : info.state,
      error: info.error,
      startedAt: info.startedAt,
      seconds: info.seconds,
      epochs: info.recipe.epochs,
      epochsDone: info.epochsDone,
      journal: info.journal,
      splitVersion: info.splitVersion,
      predictor: info.predictor,
      scores: timesScored > 0 ? info.scores : withoutTest(info.scores),
      timesScored,
      testVoided: timesScored === 0 && project.scorings.all().some(({ run }) => run === info.id),
      predicting: predictions.info?.run === info.id,
      verdict: info.booster?.verdict ?? null,
    };
  }

  detail(id: string): RunDetail {
    const info = this.info(id);
    const { recipe, lines, log, samples, booster } = info;
    return { summary: this.summary(info), recipe, lines, log, samples, booster };
  }

  async start(options: RecipeOptions & { name?: string; note?: string }): Promise<RunSummary> {
    this.session.storage.requireRoom();
    const { name, note = '', ...asked } = options;
    const recipe = resolveRecipe(asked, this.session.project.input);
    const { samples, journal, hash } = this.session.samples();
    const { project } = this.session;
    const estimate = this.estimate(recipe);
    if (estimate.refused !== null) throw new UserError('run-refused', estimate.refused);
    const { block } = recipe;
    // Read in a child, and refused here where it cannot be.
    const blockHash =
      block && needsBlock(recipe) ? await this.session.compute.hashBlock(block.path, block.layer) : undefined;
    const { encoder } = recipe;
    const encoderFacts =
      typeof encoder === 'object' ? await this.session.compute.encoderFacts(encoder.path) : undefined;
    const { id, folder } = await createRun({
      blockHash,
      encoder: encoderFacts,
      projectDir: project.dir,
      runsDir: project.runsDir,
      recipe,
      name: name ?? '',
      note,
      samples,
      classes: this.session.classes(),
      input: project.input,
      flips: project.flips,
      journal: { position: journal, hash },
      splitVersion: project.splits.version,
      schemeVersion: project.scheme.version,
    });
    project.runs.add(id, name ?? null, note);
    this.#run(id, folder);
    return this.summary(this.info(id));
  }

  /** @param on another engine or device than the recipe's, of a run that has not begun */
  async resume(id: string, on: Where = ANYWHERE): Promise<RunSummary> {
    const { state, folder } = this.info(id);
    // Its folder says how it ended a moment before the queue lets go of it: until then it could not be queued again.
    if (state === 'failed' || state === 'stopped') await this.#ends.get(id);
    if (state === 'done') throw new UserError('run-refused', 'this run is finished');
    this.session.storage.requireRoom();
    if (!this.#ends.has(id)) {
      await moveRun(folder, on);
      // Whoever waits for its end must not read how it ended before.
      await markRun(folder, 'queued');
      this.#run(id, folder);
    }
    return this.summary(this.info(id));
  }

  /** The run at work stands still, or goes on. Queued ones may be held too: they stand still once their turn comes. */
  pause(id: string, paused: boolean): RunSummary {
    const info = this.info(id);
    if (!this.#ends.has(id)) throw new UserError('run-refused', 'only a run at work can be paused');
    this.#queue.hold(id, paused);
    return this.summary(info);
  }

  async stop(id: string): Promise<RunSummary> {
    this.info(id);
    await this.#queue.stop(id);
    this.#ended.delete(id);
    return this.summary(this.info(id));
  }

  annotate(id: string, name: string, note: string): RunSummary {
    const info = this.info(id);
    this.session.project.runs.annotate(id, name, note);
    this.changed();
    return this.summary(info);
  }

  /** The logged scoring of the test split: logged first, so that a crash leaves no figure that nobody knows to have been looked at. */
  async scoreTest(id: string): Promise<RunSummary> {
    const info = this.info(id);
    if (info.state !== 'done' && info.state !== 'stopped')
      throw new UserError('run-refused', 'only a finished run can score the test split');
    if (info.recipe.preset === 'booster')
      throw new UserError('run-refused', 'a booster check compares by folds alone: the test split is left out of it');
    if (info.splitVersion !== this.session.project.splits.version)
      throw new UserError('run-refused', 'the splits were drawn anew since this run: its test samples are others now');
    if (this.session.stillGrows)
      throw new UserError(
        'run-refused',
        'studies are still coming into this project, and some of them into its test split: wait until they are in, or cancel their import, and score then',
      );
    this.session.project.scorings.log(id);
    try {
      await this.session.compute.scoreRun(info.folder);
    } finally {
      this.#ended.delete(id);
      await this.session.predictions.choose();
      this.changed();
      this.session.frameChanged();
    }
    return this.summary(this.info(id));
  }

  /** @param dir a new or empty folder; null: below the project's `exports/` @throws UserError run-refused where it has no network */
  async exportModel(id: string, dir: string | null): Promise<{ folder: string; files: ExportedFile[] }> {
    const info = this.info(id);
    if (info.state !== 'done' && info.state !== 'stopped')
      throw new UserError('run-refused', 'only a finished run can be exported');
    if (info.recipe.preset === 'booster')
      throw new UserError('run-refused', 'a booster check has many small networks and none to export');
    const folder = dir ?? freeFolder(this.session.project.exportsDir, `model-run-${info.number}`);
    return { folder, files: await this.session.compute.exportRun(info.folder, folder) };
  }

  /** What a run with these options would take. */
  estimate(...asked: Parameters<RunEstimates['of']>): RunEstimate {
    return this.#estimates.of(...asked);
  }

  /** Labels changed since the last finished run; null before the first. */
  changedSince(): number | null {
    const last = this.lastDone();
    return last ? this.session.project.labels.changedSince(last.journal) : null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#estimates.stop();
    await this.#queue.close();
  }

  changed(): void {
    if (!this.#closed) this.publish({ type: 'runs', runs: this.summaries() });
  }

  #run(id: string, folder: string): void {
    this.#estimates.stop();
    this.#ids?.add(id);
    this.#ended.delete(id);
    this.#began.delete(id);
    const end = this.#queue.add(folder).then(() => {
      this.#ends.delete(id);
      this.#paused.delete(id);
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

  /** The last run that finished and predicts, of a preset or of any. */
  lastDone(preset?: Exclude<Preset, 'booster'>): RunInfo | undefined {
    if (!this.#ids) this.infos();
    return [...this.#ended.values()]
      .filter(
        (info) => info.state === 'done' && (preset ? info.recipe.preset === preset : info.recipe.preset !== 'booster'),
      )
      .sort((a, b) => a.number - b.number)
      .at(-1);
  }

  #keep(info: RunInfo): RunInfo {
    if (info.state !== 'running' && info.state !== 'queued' && !this.#ends.has(info.id)) this.#ended.set(info.id, info);
    return info;
  }
}

/** Figures of the test split that no entry of the log stands for, or that new splits voided, are shown nowhere. */
function withoutTest(scores: RunSummary['scores']): RunSummary['scores'] {
  const { probe, plain, chosen } = scores;
  const bare = (of: HeadScores | null): HeadScores | null => of && { ...of, test: null };
  return { probe: bare(probe), plain: bare(plain), chosen: bare(chosen) };
}
