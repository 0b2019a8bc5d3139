import type { MetricsLine } from '@shared/domain';
import type { HostTensors } from '@main/engine';
import type { Best } from '../checkpoints';
import type { Pause } from '../pause';
import type { RunData } from '../runData';
import { keepLines } from '../runFiles';
import type { RunLog } from '../runLog';
import { Saving } from '../saving';
import { StepTimes } from '../workClock';
import type { FullEpoch, FullFit, FullTrainer, Place } from './fullTrainer';
import { readFullResume, writeFullResume } from './resume';
import { WaitingShare } from './waitingShare';

const KINDS = ['chosen', 'folds'] as const;
/** Seconds of work after which a long epoch is saved in its middle. */
const SAVE_EVERY = 300;

export interface FullOptions {
  readonly signal?: AbortSignal;
  readonly pause?: Pause;
}

/** What an epoch ends with. */
export interface EpochEnd {
  readonly line: MetricsLine;
  /** The best epoch so far, this one included. */
  readonly best: Best | null;
  /** Weights that are to be kept, and where. */
  readonly keep: (() => Promise<void>) | null;
  readonly stop: boolean;
}

export interface FullPartTask extends Pick<FullFit, 'rows' | 'stream'> {
  /** Its name in `metrics.jsonl`. */
  readonly name: string;
  readonly folder: string;
  /** Counted in the run's plan under this name. */
  readonly kind: (typeof KINDS)[number];
  /** Tells of the progress of this training. */
  readonly tell: (done: number, total: number) => void;
  readonly onEpoch: (report: FullEpoch, params: HostTensors, best: Best | null) => Promise<EpochEnd>;
}

/** One training of a run, its own or a fold's: it goes on where it was cut off, pauses, and keeps what going on needs. */
export class FullPart {
  readonly waiting = new WaitingShare();
  private readonly times = new StepTimes();
  private readonly saved = new Saving();
  private stepStart = 0;
  private savedAt = 0;
  private best: Best | null = null;

  constructor(
    private readonly data: RunData,
    private readonly trainer: FullTrainer,
    private readonly log: RunLog,
    private readonly o: FullOptions,
    private readonly task: FullPartTask,
  ) {}

  /** @returns whether it was stopped, and the best epoch */
  async train(steps: {
    done(count: number): void;
    planned(): number;
  }): Promise<{ stopped: boolean; best: Best | null }> {
    const { data, log, trainer, task } = this;
    const resume = await readFullResume(task.folder);
    this.best = resume?.best ?? null;
    await keepLines(data.folder, (line) => line.part !== task.name || line.epoch <= (resume?.from.epoch ?? 0));
    this.savedAt = log.seconds;
    let told = 0;
    const end = await trainer.fit({
      rows: task.rows,
      stream: task.stream,
      from: resume?.from,
      beforeStep: (place) => this.beforeStep(place),
      onStep: (done, total, waited) => {
        // What an earlier execution did counts at once.
        steps.done(done - told);
        told = done;
        this.times.add(log.seconds - this.stepStart);
        this.waiting.add(waited, log.seconds - this.stepStart);
        log.waiting = this.waiting.share;
        // A step of a fold takes as long as one of the run's own.
        for (const kind of KINDS)
          log.plan(kind, kind === task.kind ? steps.planned() : log.planned(kind), this.times.seconds ?? undefined);
        task.tell(done, total);
      },
      onEpoch: (report) => this.afterEpoch(report),
    });
    await this.saved.all();
    return { stopped: end === 'stopped', best: this.best };
  }

  private async beforeStep(place: Place): Promise<'go' | 'stop'> {
    const { log, o } = this;
    if (o.pause?.held && !o.signal?.aborted) {
      await log.rest(`paused in epoch ${place.epoch + 1}, after ${place.step} steps of it`);
      await this.save(place);
      await this.saved.all();
      await o.pause.passed(o.signal);
      await log.work('goes on');
    }
    if (o.signal?.aborted) {
      await this.save(place);
      return 'stop';
    }
    if (place.step > 0 && log.seconds - this.savedAt > SAVE_EVERY) await this.save(place);
    this.stepStart = log.seconds;
    return 'go';
  }

  private async afterEpoch(report: FullEpoch): Promise<'go' | 'stop'> {
    const { trainer, log, task } = this;
    const { line, best, keep, stop } = await task.onEpoch(report, await trainer.params(), this.best);
    await log.write(line);
    this.best = best;
    const state = await trainer.state();
    this.savedAt = log.seconds;
    await this.saved.next(async () => {
      await keep?.();
      await writeFullResume(task.folder, { epoch: report.epoch, step: 0, lossSum: 0, countSum: 0, state }, best);
      log.tell(line);
    });
    return stop ? 'stop' : 'go';
  }

  /** In the middle of an epoch. */
  private async save(place: Place): Promise<void> {
    const state = await this.trainer.state();
    const { best } = this;
    this.savedAt = this.log.seconds;
    await this.saved.next(() => writeFullResume(this.task.folder, { ...place, state }, best));
  }
}
