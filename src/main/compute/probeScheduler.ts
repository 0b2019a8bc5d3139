import type { ProbeStatus } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { ClassList, TrainingSample } from '@main/training';
import { enoughGroups, labelledGroups, LEAST_GROUPS, probeTargets, tooFewGroups } from './groupCounts';
import type { ComputeService, ProbeAnswer } from './service';

export interface ProbeSchedulerOptions {
  readonly compute: Pick<ComputeService, 'prepareFeatures' | 'fitProbe'>;
  /** The samples and their labels of now, read when a fit begins. */
  readonly read: () => { samples: readonly TrainingSample[]; classes: ClassList; journal: number };
  readonly onStatus: (status: ProbeStatus) => void;
  /** `journal`: the position whose labels the answer was fitted on. */
  readonly onAnswer: (answer: ProbeAnswer, journal: number, classes: ClassList) => void;
}

/** A fit begins when nothing has changed for so long: in the middle of a burst of keys it would only slow the next one. [ms] */
const QUIET = 250;
/** But after so long in any case. [ms] */
const PATIENCE = 5000;
/** After so long without a change the strengths may be chosen anew. [ms] */
const IDLE = 5000;

/** Keeps the live probe up to date: prepares features once, refits after changes, never twice for changes that came together. */
export class ProbeScheduler {
  #status: ProbeStatus = {
    state: 'off',
    done: 0,
    total: 0,
    secondsLeft: null,
    reason: null,
    waiting: null,
    missing: 0,
  };
  #due = false;
  #paused = false;
  #working = false;
  #idle: NodeJS.Timeout | undefined;
  #counting: NodeJS.Timeout | undefined;
  /** When labels changed last. [ms] */
  #changedAt = 0;
  readonly #closing = new AbortController();
  /** Cuts off the features that are being computed; what was written by then stays. */
  #preparing: AbortController | null = null;
  /** Contents whose features are known to be there, joined; a new sample makes another text. */
  #prepared: string | null = null;

  constructor(private readonly options: ProbeSchedulerOptions) {}

  get status(): ProbeStatus {
    return this.#status;
  }

  /** Labels changed: refit soon. */
  changed(): void {
    this.#due = true;
    this.#changedAt = performance.now();
    clearTimeout(this.#idle);
    if (this.#preparing) this.#countSoon();
    void this.#work();
  }

  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) clearTimeout(this.#idle);
    if (paused) this.#preparing?.abort();
    if (paused && !this.#working) this.#say({ state: 'paused', reason: null });
    if (!paused) void this.#work();
  }

  /** Features may be gone: they are looked for, and computed where they are not there, before the next fit. */
  forget(): void {
    this.#prepared = null;
  }

  close(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#counting);
    this.#closing.abort();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#due && !this.#paused && !this.#closing.signal.aborted) {
        await this.#quiet();
        this.#due = false;
        await this.#fit(false);
      }
    } finally {
      this.#working = false;
    }
    if (this.#paused && this.#status.state !== 'paused') this.#say({ state: 'paused', reason: null });
  }

  async #quiet(): Promise<void> {
    const latest = performance.now() + PATIENCE;
    for (;;) {
      const left = Math.min(this.#changedAt + QUIET, latest) - performance.now();
      if (left <= 0) return;
      await new Promise((waited) => setTimeout(waited, left));
    }
  }

  async #fit(choose: boolean): Promise<void> {
    const { signal } = this.#closing;
    try {
      const { samples, classes, journal } = this.options.read();
      const contents = samples.map((s) => s.contentHash).join();
      if (contents !== this.#prepared) {
        this.#say({ ...waitingFor(samples, classes, 'features'), done: 0, total: samples.length });
        await this.#prepare(samples);
        this.#prepared = contents;
      }
      const next = waitingFor(samples, classes, 'fitting');
      const { missing } = this.#status;
      this.#say({ ...next, done: samples.length - missing, total: samples.length });
      if (next.waiting) return;
      const answer = await this.options.compute.fitProbe(samples, classes, { choose });
      if (signal.aborted) return;
      this.options.onAnswer(answer, journal, classes);
      this.#say({ state: 'ready', reason: null });
      if (answer.choiceIsOld) this.#chooseWhenIdle();
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = errorData(error);
      this.#prepared = null;
      if (this.#paused && code === 'cancelled') {
        this.#due = true; // it goes on when it may
        return;
      }
      this.#say({ state: code === 'too-few-samples' ? 'waiting' : 'failed', secondsLeft: null, reason: message });
    }
  }

  async #prepare(samples: readonly TrainingSample[]): Promise<void> {
    const cut = (this.#preparing = new AbortController());
    const signal = AbortSignal.any([this.#closing.signal, cut.signal]);
    try {
      const { missing } = await this.options.compute.prepareFeatures(samples, {
        onProgress: (p) => this.#say({ ...p }),
        signal,
      });
      this.#say({ missing });
    } finally {
      this.#preparing = null;
    }
  }

  /** Features take long; how many labels are still missing is said meanwhile. */
  #countSoon(): void {
    this.#counting ??= setTimeout(() => {
      this.#counting = undefined;
      if (!this.#preparing) return;
      const { samples, classes } = this.options.read();
      this.#say(waitingFor(samples, classes, 'features'));
    }, QUIET);
  }

  #chooseWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#working || this.#paused) return;
      this.#working = true;
      void this.#fit(true).finally(() => {
        this.#working = false;
        void this.#work();
      });
    }, IDLE);
  }

  #say(news: Partial<ProbeStatus>): void {
    this.#status = { ...this.#status, ...news };
    if (!this.#closing.signal.aborted) this.options.onStatus(this.#status);
  }
}

/** What to say: that there are too few labels, and how many; else that it goes on. */
function waitingFor(
  samples: readonly TrainingSample[],
  classes: ClassList,
  otherwise: 'features' | 'fitting',
): Pick<ProbeStatus, 'state' | 'secondsLeft' | 'reason' | 'waiting'> {
  const labelled = labelledGroups(samples, probeTargets(samples, classes), classes);
  if (enoughGroups(labelled)) return { state: otherwise, secondsLeft: null, reason: null, waiting: null };
  const waiting = { needed: LEAST_GROUPS, groups: [...labelled.groups], question: labelled.question };
  return { state: 'waiting', secondsLeft: null, reason: tooFewGroups(labelled), waiting };
}
