import { resolve } from 'node:path';
import { ComputeService, ProbeScheduler, type Spawner } from '@main/compute';
import { GONE, SPLIT_CODES, STATE_CODES, type Project } from '@main/project';
import type { ClassList, TrainingSample } from '@main/training';
import { planOf } from '@main/training/full/feed/plan';
import { changedImages } from '@main/training/full/pictures';
import { stackImage } from '@main/training/full/slices';
import { cubeImage } from '@main/training/full/volumes';
import { inputImage } from '@main/training/input';
import { answersOf } from '@shared/domain';
import type { AppEvent, Augmentation, ProbeStatus, ProjectInfo, SampleDetail } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame, VolumesRead } from '@shared/pixels';
import { NearSearchJob } from './nearSearch';
import { PredictionsOnScreen } from './predictions';
import { Runs } from './runs';
import { Statistics } from './statistics';
import { ProjectStorage } from './storage';

export interface SessionOptions {
  readonly spawner: Spawner;
  readonly publish: (event: AppEvent) => void;
  /** Windows look on: keep the probe fitted. A command line fits it when it needs it. */
  readonly live: boolean;
  /** Samples are on their way into the project. */
  readonly stillGrows: () => boolean;
}

/** Milliseconds in which a window that opens a project gets its list and first pictures, before the probe reads all samples. */
const LOOK_FIRST = 600;
/** Milliseconds that a sample's page waits for its neighbours. */
const NEIGHBOUR_WAIT = 400;
const NEIGHBOURS = 8;
/** Milliseconds that a search for near-duplicates has to end when the project is closed. */
const SEARCH_WAIT = 2000;
/** States of the probe in which nobody need wait for its answer. */
const NO_ANSWER = new Set<ProbeStatus['state']>(['failed', 'waiting', 'paused']);

/** The open project with everything that works on it. */
export class Session {
  readonly compute: ComputeService;
  readonly runs: Runs;
  readonly statistics = new Statistics();
  readonly storage: ProjectStorage;
  readonly predictions: PredictionsOnScreen;
  readonly near: NearSearchJob;
  readonly #probe: ProbeScheduler;
  #probeAnswered: (() => void)[] = [];
  #closed = false;
  #firstFit: NodeJS.Timeout | undefined;

  constructor(
    readonly project: Project,
    private readonly options: SessionOptions,
  ) {
    this.compute = new ComputeService({
      spawner: options.spawner,
      projectDir: project.dir,
      input: project.input,
    });
    this.storage = new ProjectStorage(
      {
        project,
        isBusy: () => this.runs.busy,
        filesChanged: async (pause) => {
          if (pause) this.#probe.pause(true);
          await project.pixels.close();
          this.#probe.forget();
          await this.compute.forget();
          if (!pause) this.refit();
        },
      },
      options.publish,
    );
    this.runs = new Runs(this, options.publish);
    this.predictions = new PredictionsOnScreen(this, options.publish);
    this.near = new NearSearchJob(this, options.publish);
    this.#probe = new ProbeScheduler({
      compute: this.compute,
      read: () => ({ ...this.samples(), classes: this.classes() }),
      onStatus: (status) => {
        options.publish({ type: 'probe', status });
        if (NO_ANSWER.has(status.state)) this.#release();
      },
      onAnswer: (answer, journal, classes) => {
        this.predictions.probeAnswered(answer, journal, classes);
        this.#release();
      },
    });
    void this.predictions.choose();
    this.storage.begin(options.live);
    if (!options.live) return;
    this.#firstFit = setTimeout(() => this.#probe.changed(), LOOK_FIRST);
    this.near.startUnasked();
  }

  isIn(dir: string): boolean {
    return resolve(dir) === resolve(this.project.dir);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get stillGrows(): boolean {
    return this.options.stillGrows();
  }

  get probeStatus(): ProbeStatus {
    return this.#probe.status;
  }

  info(): ProjectInfo {
    return {
      ...this.project.base(),
      nearSearch: this.near.status,
      changedSinceRun: this.runs.changedSince(),
      predictor: this.predictions.info,
      probe: this.#probe.status,
    };
  }

  /** The classes by their order: columns of all probabilities. */
  classes(): ClassList {
    const { classes, positive, kind } = this.project.scheme;
    const ordered = [...classes].sort((a, b) => a.order - b.order);
    return { ids: ordered.map((c) => c.id), names: ordered.map((c) => c.name), positive, kind };
  }

  /** All samples with their labels of now, by key. */
  samples(): { samples: TrainingSample[]; journal: number; hash: string } {
    const { index } = this.project;
    const labels = this.project.labels.now();
    const classes = this.classes();
    const samples = Array.from({ length: index.size }, (_, key): TrainingSample => {
      const label = labels.classes[key]!;
      return {
        key,
        id: index.id(key),
        contentHash: index.contentHash(key),
        group: index.groups[key]!,
        split: SPLIT_CODES[index.splits[key]!] ?? null,
        leak: index.leaks[key] === 1,
        class: label < 0 ? null : label,
        answers: classes.kind === 'answers' ? answersOf(this.project.labels.label(key).value) : null,
        state: STATE_CODES[labels.states[key]!]!,
        event: labels.events[key] ?? null,
        reason: index.gone.has(key) ? GONE : (index.reasons.get(key) ?? null),
      };
    });
    return { samples, journal: labels.position, hash: labels.hash };
  }

  /** Labels changed and are durable: tells windows and the probe, after the caller was answered. Calls in one breath become one event each. */
  labelsChanged(keys: readonly number[]): void {
    setImmediate(() => {
      if (this.#closed) return;
      this.options.publish({
        type: 'labels',
        keys: [...keys],
        journal: this.project.labels.position,
        changedSinceRun: this.runs.changedSince(),
      });
      if (this.options.live) this.#probe.changed();
    });
  }

  /** Boxes were drawn, moved or removed, and that is durable: windows hear of them and of their samples. */
  boxesChanged(keys: readonly number[]): void {
    setImmediate(() => {
      if (this.#closed) return;
      this.options.publish({ type: 'boxes', keys: [...keys] });
    });
    this.labelsChanged(keys);
    this.frameChanged();
  }

  /** Names, splits, rule or reader changed. */
  frameChanged(): ProjectInfo {
    const info = this.info();
    setImmediate(() => {
      if (!this.#closed) this.options.publish({ type: 'project', info });
    });
    return info;
  }

  /** Another version of the classes stands: the probe is fitted anew, windows hear of it. */
  schemeChanged(): ProjectInfo {
    this.refit();
    return this.frameChanged();
  }

  /** Another version of the splits stands: the probe is fitted anew, runs and windows hear of it. */
  splitsChanged(): ProjectInfo {
    this.refit();
    this.runs.changed();
    return this.frameChanged();
  }

  /** Columns of probabilities follow the classes, folds follow the groups: both are fitted anew. */
  refit(): void {
    this.predictions.forget();
    if (this.options.live) this.#probe.changed();
  }

  pauseProbe(paused: boolean): void {
    this.#probe.pause(paused);
  }

  /** Resolves once the probe has answered for the labels of now. @throws UserError run-failed where it cannot */
  async probeReady(): Promise<void> {
    if (this.predictions.probeJournal === this.project.labels.position) return;
    this.#probe.pause(false);
    this.#probe.changed();
    await new Promise<void>((resolve) => this.#probeAnswered.push(resolve));
    const { state, reason } = this.#probe.status;
    if (state === 'waiting') throw new UserError('too-few-samples', reason ?? 'there are too few labels for the probe');
    if (state === 'failed') throw new UserError('run-failed', reason ?? 'the probe could not be fitted');
  }

  async detail(key: number): Promise<SampleDetail> {
    const { project } = this;
    const [row] = project.index.rows([key]);
    if (!row) throw new UserError('sample-missing', `no sample has the key ${key}`);
    const { channels, type } = project.pixels.shape(key);
    const neighbours = await this.#neighbours(key);
    return {
      row,
      contentHash: project.index.contentHash(key),
      channels,
      dtype: type,
      source: project.sourceOf(key),
      metadata: project.index.metadataOf(key),
      history: project.labels.history(key),
      neighbours: neighbours.map((n) => ({
        key: n.key,
        id: project.index.id(n.key),
        class: project.index.classes[n.key]! < 0 ? null : project.index.classes[n.key]!,
        answers: answersOf(project.labels.label(n.key).value),
        distance: n.distance,
      })),
      twins: project.duplicates.twins(key),
    };
  }

  /** As the network sees it, RGB bytes. */
  async inputFrame(key: number): Promise<Frame> {
    const { pixels, input } = this.project;
    return inputImage(await pixels.frame(key), input);
  }

  /**
   * Pictures as one batch of a run's first epoch, RGB bytes.
   * @param volumes how the trained encoder reads them; null: by one that is frozen, as they are
   */
  async augmentedFrames(keys: readonly number[], as: Augmentation, volumes: VolumesRead | null): Promise<Frame[]> {
    const { pixels, input, flips } = this.project;
    const frames = await Promise.all(keys.map((key) => pixels.frame(key)));
    if (input.axes === 'image') return changedImages(frames, input, as, flips);
    return frames.map((frame) => {
      const plan = planOf(as, 0, frame.key, flips);
      if (volumes === null) return inputImage(frame, input);
      if (volumes === 'cube') return cubeImage(frame, input, plan?.change ?? null);
      return stackImage(frame, input, volumes === 'slices-one' ? 'one' : 'three', plan);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#firstFit);
    this.#probe.close();
    this.#release();
    await this.storage.close();
    // Its child clears up behind itself; one that does not answer is ended with the others.
    await Promise.race([this.near.close(), new Promise((waited) => setTimeout(waited, SEARCH_WAIT).unref())]);
    await this.runs.close();
    await this.compute.close();
    await this.statistics.close();
    await this.project.close();
  }

  /** Empty until features are there, and where the compute process is busy with something longer. */
  async #neighbours(key: number): ReturnType<ComputeService['neighbours']> {
    if (this.predictions.probeJournal === null) return [];
    const asked = this.compute.neighbours(key, NEIGHBOURS).catch(() => []);
    return Promise.race([asked, new Promise<[]>((resolve) => setTimeout(resolve, NEIGHBOUR_WAIT, []))]);
  }

  #release(): void {
    const waiting = this.#probeAnswered;
    this.#probeAnswered = [];
    for (const resolve of waiting) resolve();
  }
}
