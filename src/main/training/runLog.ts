import { appendFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { MetricsLine, RunProgress } from '@shared/domain';
import { appendLine, foldOf, RUN_FILES } from './runFiles';
import { WorkClock } from './workClock';

/** Between two messages about progress alone [ms]. */
const QUIET = 100;

/** Tells of a run: into its folder, and to whoever listens. */
export class RunLog {
  private stage = 'features';
  private done = 0;
  private total = 1;
  private epoch: number | null = null;
  private last = 0;
  private readonly clock = new WorkClock();
  private paused = false;
  /** Share of its steps' time in which the engine waited for pictures; null where none are made ready beside it. */
  waiting: number | null = null;
  /** Work of heads still to be done, in steps, and how long a step takes. */
  private readonly ahead = new Map<string, { steps: number; seconds: number | null }>();

  constructor(
    private readonly folder: string,
    private readonly epochs: number,
    private readonly listener: ((progress: RunProgress) => void) | undefined,
    private readonly quiet = QUIET,
  ) {}

  /** Seconds at work since the log was opened: neither pauses nor a sleeping machine count. */
  get seconds(): number {
    return this.clock.seconds;
  }

  /** A pause begins; several trainings may say so. */
  async rest(text: string): Promise<void> {
    if (this.paused) return;
    this.clock.rest();
    this.paused = true;
    await this.say(text);
  }

  /** A pause is over. */
  async work(text: string): Promise<void> {
    if (!this.paused) return;
    this.clock.work();
    this.paused = false;
    await this.say(text);
  }

  async say(text: string): Promise<void> {
    const line = `${new Date().toISOString()} ${text}`;
    await appendFile(join(this.folder, RUN_FILES.log), `${line.replaceAll('\n', ' ')}\n`);
    this.send({ log: line });
  }

  /** @param secondsLeft of this stage, where it knows */
  progress(stage: string, done: number, total: number, secondsLeft: number | null = this.secondsLeft()): void {
    const news = stage !== this.stage;
    Object.assign(this, { stage, done, total });
    if (news) this.epoch = null;
    if (!news && done < total && performance.now() - this.last < this.quiet) return;
    this.send({}, secondsLeft);
  }

  /** Writes an epoch's figures. They are told (`tell`) once the epoch can no longer be lost. */
  write(line: MetricsLine): Promise<void> {
    return appendLine(this.folder, line);
  }

  /** The epoch is finished: its checkpoint is on the disk. */
  tell(line: MetricsLine): void {
    // Folds are trained side by side: no epoch is that of all.
    this.epoch = foldOf(line) === 0 ? line.epoch : null;
    this.send({ line });
  }

  /** `kind` of head has `steps` more to go; `seconds`: what a step of it took. */
  plan(kind: string, steps: number, seconds?: number): void {
    const before = this.ahead.get(kind);
    this.ahead.set(kind, { steps, seconds: seconds ?? before?.seconds ?? null });
  }

  /** Steps that `kind` has still to go. */
  planned(kind: string): number {
    return this.ahead.get(kind)?.steps ?? 0;
  }

  private secondsLeft(): number | null {
    let sum = 0;
    for (const { steps, seconds } of this.ahead.values()) {
      if (steps > 0 && seconds === null) return null;
      sum += steps * (seconds ?? 0);
    }
    return sum;
  }

  private send(part: { line?: MetricsLine; log?: string }, secondsLeft = this.secondsLeft()): void {
    this.last = performance.now();
    void this.clock.seconds;
    this.listener?.({
      run: basename(resolve(this.folder)),
      stage: this.stage,
      done: this.done,
      total: this.total,
      epoch: this.epoch,
      epochs: this.epochs,
      secondsLeft,
      paused: this.paused,
      memoryBytes: process.memoryUsage.rss(),
      waiting: this.waiting,
      line: part.line ?? null,
      log: part.log ?? null,
    });
  }
}
