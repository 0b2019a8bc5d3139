import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { auc } from '@main/insight';
import type { Engine } from '@main/engine';
import { openPixels } from '@main/project';
import { dropResume, readParams, writeParams } from '../checkpoints';
import type { Best } from '../checkpoints';
import { exportModel } from '../exportModel';
import { waitWhilePaused } from '../pause';
import type { Pause } from '../pause';
import type { RunData } from '../runData';
import { keepLines, RUN_FILES } from '../runFiles';
import { SPLIT_CODE } from '../runFolder';
import type { RunLog } from '../runLog';
import { hasPredictions, writePredictions } from '../runPredictions';
import { scoredRows } from '../runScores';
import { Saving } from '../saving';
import { validationChooses } from '../validation';
import { StepTimes } from '../workClock';
import type { FullTrainer, Place } from './fullTrainer';
import { readFullResume, writeFullResume } from './resume';
import { fullTrainer } from './setup';

/** Seconds of work after which a long epoch is saved in its middle. */
const SAVE_EVERY = 300;

export interface FullOptions {
  readonly signal?: AbortSignal;
  readonly pause?: Pause;
}

/**
 * Trains the encoder together with the chosen mode: checkpoint and end by the validation split, test left alone. There are no
 * folds: what it says of train and validation was seen in training, or chosen on.
 */
export async function trainFull(
  data: RunData,
  engine: Engine,
  log: RunLog,
  options: FullOptions,
): Promise<'done' | 'stopped'> {
  const pixels = await openPixels(data.projectDir);
  const trainer = await fullTrainer(data, engine, {
    frame: (row) => pixels.frame(data.samples[row]!.key),
    cache: { dir: join(data.projectDir, 'cache'), hashes: data.hashes },
  });
  try {
    const run = new FullRun(data, trainer, log, options);
    if (!(await run.train())) return 'stopped';
    if (!existsSync(join(data.folder, RUN_FILES.model))) {
      log.progress('export', 0, 1);
      await exportModel(data, null);
    }
    return 'done';
  } finally {
    await trainer.dispose();
    await pixels.close();
  }
}

class FullRun {
  private readonly bestFile: string;
  private readonly byValidation: boolean;
  private readonly times = new StepTimes();
  private readonly saved = new Saving();
  private stepStart = 0;
  private best: Best | null = null;
  private savedAt = 0;

  constructor(
    private readonly data: RunData,
    private readonly trainer: FullTrainer,
    private readonly log: RunLog,
    private readonly o: FullOptions,
  ) {
    this.bestFile = join(data.folder, 'best.safetensors');
    this.byValidation = validationChooses(data);
  }

  /** @returns false where it was stopped */
  async train(): Promise<boolean> {
    const { data, log, trainer } = this;
    const lastFile = join(data.folder, 'last.safetensors');
    if (existsSync(lastFile) && hasPredictions(data.folder, 'chosen')) return true;
    const resume = await readFullResume(data.folder);
    this.best = resume?.best ?? null;
    await keepLines(data.folder, (line) => line.epoch <= (resume?.from.epoch ?? 0));
    if (!this.byValidation)
      await log.say('validation is too small to choose a checkpoint: all epochs are trained, and the last is taken');
    const { total } = this;
    const done = resume ? (total / data.content.recipe.epochs) * resume.from.epoch + resume.from.step : 0;
    log.plan('chosen', total - done);
    log.progress('chosen', done, total);
    this.savedAt = log.seconds;
    const end = await trainer.fit({
      rows: data.train,
      from: resume?.from,
      beforeStep: (place) => this.beforeStep(place),
      onStep: (done, total) => this.afterStep(done, total),
      onEpoch: (report) => this.afterEpoch(report),
    });
    await this.saved.all();
    if (existsSync(this.bestFile)) await this.predict();
    if (end === 'stopped') return false;
    await writeParams(lastFile, await trainer.params());
    await dropResume(data.folder);
    await log.say(
      `chosen: best epoch ${this.best?.epoch ?? 0}, validation AUC ${this.best?.auc?.toFixed(4) ?? 'not defined'}`,
    );
    return true;
  }

  /** Steps of all epochs. */
  private get total(): number {
    const { epochs, batch } = this.data.content.recipe;
    return epochs * Math.max(1, Math.ceil(this.data.train.length / batch));
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

  private afterStep(done: number, total: number): void {
    const { log } = this;
    this.times.add(log.seconds - this.stepStart);
    log.plan('chosen', total - done, this.times.seconds ?? undefined);
    log.progress('chosen', done, total);
  }

  private async afterEpoch(report: {
    epoch: number;
    step: number;
    trainLoss: number;
    learningRate: number;
  }): Promise<'go' | 'stop'> {
    const { data, trainer, log } = this;
    const { epoch, step, trainLoss, learningRate } = report;
    const params = await trainer.params();
    const { loss: valLoss, auc: valAuc } = await this.validate(params);
    const line = { part: 'chosen', epoch, step, trainLoss, valLoss, valAuc, learningRate };
    await log.write(line);
    const better = this.betters(valAuc, valLoss);
    if (better) this.best = { epoch, auc: valAuc, loss: valLoss ?? NaN };
    const best = this.best;
    const state = await trainer.state();
    this.savedAt = log.seconds;
    await this.saved.next(async () => {
      if (better) await writeParams(this.bestFile, params);
      await writeFullResume(data.folder, { epoch, step: 0, lossSum: 0, countSum: 0, state }, best);
      log.tell(line);
    });
    const { patience } = data.content.recipe;
    if (!this.byValidation || patience === null || !best || epoch - best.epoch < patience) return 'go';
    await log.say(`no better validation AUC for ${patience} epochs: training ends`);
    return 'stop';
  }

  /** In the middle of an epoch. */
  private async save(place: Place): Promise<void> {
    const state = await this.trainer.state();
    const best = this.best;
    this.savedAt = this.log.seconds;
    await this.saved.next(() => writeFullResume(this.data.folder, { ...place, state }, best));
  }

  /** A higher validation AUC, at equal AUC a lower loss; the last epoch where validation may not choose. */
  private betters(valAuc: number | null, valLoss: number | null): boolean {
    const { best } = this;
    if (!best || !this.byValidation) return true;
    if (valAuc !== null && best.auc !== null && valAuc !== best.auc) return valAuc > best.auc;
    return (valLoss ?? Infinity) < best.loss;
  }

  /** Loss against the labels as they are, and AUC. */
  private async validate(params: Parameters<FullTrainer['predict']>[0]): Promise<{
    loss: number | null;
    auc: number | null;
  }> {
    const { val } = this.data;
    if (val.length === 0) return { loss: null, auc: null };
    const probabilities = await this.trainer.predict(params, val, () =>
      waitWhilePaused(this.log, this.o.pause, this.o.signal),
    );
    return {
      loss: this.trainer.lossOf(probabilities, val),
      auc: auc(scoredRows(this.data, val, probabilities)),
    };
  }

  /** Of everything but test, by the best epoch. */
  private async predict(): Promise<void> {
    const { data, trainer, log } = this;
    const rows = [...data.samples.keys()].filter((row) => data.split[row] !== SPLIT_CODE.test);
    log.progress('predictions', 0, 1);
    const probabilities = await trainer.predict(await readParams(this.bestFile), rows, () =>
      waitWhilePaused(this.log, this.o.pause, this.o.signal),
    );
    await writePredictions(data, 'chosen', { outOfFold: null, byTrain: { rows, probabilities } });
  }
}
