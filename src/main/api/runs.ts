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
import { unfit } from '@main/training/refusals';
import { freeFolder } from './report/write';
import { markRun } from '@main/training/markRun';
import { quickBytes, SHIPPED_BLOCK } from '@main/training/quickMemory';
import { stepsOf } from '@main/training/full/schedule';
import type { ClassList, TrainingSample } from '@main/training';
import {
  ANYWHERE,
  answerTo,
  changesPictures,
  recipeOf,
  takesPart,
  trainsEncoder,
  type AppEvent,
  type LibraryBlock,
  type RecipeOptions,
  type RunDetail,
  type RunEstimate,
} from '@shared/domain';
import type { ExportedFile, HeadScores, Preset, Recipe, RunSummary, Where } from '@shared/domain';
import { UserError } from '@shared/errors';
import { Estimates, stepKind } from './estimates';
import type { Session } from './session';

/** The runs of the open project: folders on disk, with names, notes and scorings from the store. */
export class Runs {
  readonly #queue: RunQueue;
  readonly #estimates: Estimates;
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
    this.#estimates = new Estimates(session, () => this.changed());
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
    const noted = project.runNotes().find((note) => note.run === info.id);
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
    const recipe = resolveRecipe(asked);
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
    project.addRun(id, name ?? null, note);
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
    this.session.project.annotateRun(id, name, note);
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

  /**
   * What a run with these options would take.
   * @param o.ask measure what is not known yet
   * @param o.blocks of the library, with their shapes
   */
  estimate(options: RecipeOptions, o: { ask?: boolean; blocks?: readonly LibraryBlock[] } = {}): RunEstimate {
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
    let resolved: Recipe | null = null;
    let refused: string | null = null;
    try {
      resolved = resolveRecipe(options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused = error.reason;
    }
    if (resolved) refused ??= unfit(resolved, this.session.project.input);
    const train = samples.filter((s) => s.split === 'train' && takesPart(s.state));
    refused ??= tooOneSided(train, this.session.classes());
    return {
      recipe: resolved ?? { ...recipeOf({ preset: options.preset }), ...options },
      samples: counts,
      leftOut,
      ...this.#takes(resolved, counts, { ask: o.ask === true && refused === null, blocks: o.blocks ?? [] }),
      refused: refused ?? (index.size === 0 || splits.version < 1 ? 'the project has no samples' : null),
    };
  }

  /** Time and memory, from an earlier run of this kind or from measured steps. */
  #takes(
    recipe: Recipe | null,
    { train, val }: { train: number; val: number },
    { ask, blocks }: { ask: boolean; blocks: readonly LibraryBlock[] },
  ): Pick<RunEstimate, 'seconds' | 'foldsSeconds' | 'memoryBytes' | 'memoryFrom' | 'measuring' | 'engine'> {
    const like = recipe && this.#lastLike(recipe);
    if (recipe?.preset === 'booster') {
      const seconds = boosterSeconds(recipe, like ?? this.#lastLike({ ...recipe, preset: 'quick' }));
      return { ...UNMEASURED, seconds, engine: like?.engine ?? asked(recipe) };
    }
    if (!recipe || !trainsEncoder(recipe.preset)) {
      const perSample = like ? (like.seconds ?? 0) / Math.max(1, like.samples.train + like.samples.val) : null;
      const seconds = perSample === null ? null : perSample * (train + val);
      const memoryBytes = recipe && this.#quickBytes(recipe, train + val, blocks);
      const memoryFrom = memoryBytes === null ? null : 'sizes';
      return { ...UNMEASURED, seconds, memoryBytes, memoryFrom, engine: like?.engine ?? asked(recipe) };
    }
    const { measured, measuring } = this.#estimates.of(recipe, { ask, busy: this.#queue.current !== null });
    const { batch, accumulate } = recipe;
    const own = ownWork(recipe, recipe.epochs, { train, val });
    const folds = foldWork(recipe, { train, val });
    const learnt = like ? ownWork(like.recipe, like.epochsDone, like.samples) + foldWork(like.recipe, like.samples) : 0;
    const perStep = measured?.secondsPerStep ?? null;
    const perSample =
      learnt > 0 ? (like!.seconds ?? 0) / learnt : perStep === null ? null : perStep / batch / accumulate;
    const views = changesPictures(recipe) ? Math.min(recipe.views, recipe.epochs) : 1;
    const making = learnt > 0 ? 0 : (measured?.secondsPerView ?? 0) * (train * (views + 1) + val);
    return {
      seconds: perSample === null ? null : perSample * (own + folds) + making,
      foldsSeconds: perSample === null || folds === 0 ? null : perSample * folds,
      memoryBytes: measured?.memoryBytes ?? null,
      memoryFrom: measured ? 'graph' : null,
      measuring,
      engine: measured?.engine ?? like?.engine ?? asked(recipe),
    };
  }

  /** null where the block's shape is not known. */
  #quickBytes(recipe: Recipe, labelled: number, blocks: readonly LibraryBlock[]): number | null {
    const { input, index } = this.session.project;
    const layers = recipe.block ? [recipe.block.layer].flat() : [];
    const own = recipe.block && blocks.find(({ path }) => path === recipe.block!.path);
    // The shape of an encoder of one's own is not known without opening its file.
    if (recipe.encoder !== 'vit' || (recipe.block && !own)) return null;
    const block = own ? { width: own.width, parameters: own.parameters * layers.length } : SHIPPED_BLOCK;
    return quickBytes(recipe, { samples: index.size, labelled, input, block });
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

  #lastLike(recipe: Recipe): RunInfo | undefined {
    const kind = (of: Recipe): string =>
      JSON.stringify([
        trainsEncoder(of.preset) ? stepKind(of) : [of.preset, of.mode, of.core, of.taps],
        of.engine,
        of.device,
      ]);
    return this.infos().findLast(
      (info) =>
        info.state === 'done' &&
        info.seconds !== null &&
        (info.epochsDone > 0 || info.booster) &&
        kind(info.recipe) === kind(recipe),
    );
  }
}

/** What a recipe asks for, where nothing like it has run here. */
function asked(recipe: Recipe | null): string {
  const { engine, device } = recipe ?? { engine: 'auto', device: 'auto' };
  return [engine === 'auto' ? 'onnx' : engine, device === 'auto' ? '' : device].filter(Boolean).join(' · ');
}

/** Figures of the test split that no entry of the log stands for, or that new splits voided, are shown nowhere. */
function withoutTest(scores: RunSummary['scores']): RunSummary['scores'] {
  const { probe, plain, chosen } = scores;
  const bare = (of: HeadScores | null): HeadScores | null => of && { ...of, test: null };
  return { probe: bare(probe), plain: bare(plain), chosen: bare(chosen) };
}

const UNMEASURED = { foldsSeconds: null, memoryBytes: null, memoryFrom: null, measuring: false } as const;

interface Counts {
  readonly train: number;
  readonly val: number;
}
/** Work of a run that trains the encoder, in samples learnt from; one that is only predicted takes about a third of that. */
const ownWork = ({ batch, accumulate }: Recipe, epochs: number, { train, val }: Counts): number =>
  stepsOf(train, { batch, accumulate }) * batch * accumulate * epochs + ((epochs + 1) * val + train) / 3;

/** That of its folds: 0 where none are asked for. */
function foldWork({ outOfFold, folds, epochs, batch, accumulate }: Recipe, { train, val }: Counts): number {
  if (!outOfFold) return 0;
  const rows = ((train + val) * (folds - 1)) / folds;
  return folds * stepsOf(rows, { batch, accumulate }) * batch * accumulate * epochs + (train + val) / 3;
}

/** Trainings of a check for each one of a fold of `quick`: the block and the random one, each at three rates and once whole. */
const PER_FOLD = 2 * (3 * 0.75 + 1);

/** About what a booster check takes, from an earlier one or from a run of `quick`; null without either. */
function boosterSeconds({ seeds, folds, epochs }: Recipe, like: RunInfo | undefined): number | null {
  if (!like) return null;
  const earlier = like.recipe;
  const trainings = earlier.preset === 'booster' ? earlier.seeds * earlier.folds : (earlier.folds + 1) / PER_FOLD;
  return ((like.seconds ?? 0) * seeds * folds * epochs) / (trainings * earlier.epochs);
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
