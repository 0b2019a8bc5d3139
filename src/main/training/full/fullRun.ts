import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { auc } from '@main/insight';
import type { Engine, HostTensors } from '@main/engine';
import { openPixels } from '@main/project';
import { dropResume, readParams, writeParams } from '../checkpoints';
import type { Best } from '../checkpoints';
import { exportWhole } from '../exportModel';
import { outsideTest } from '../headFiles';
import { waitWhilePaused } from '../pause';
import type { RunData } from '../runData';
import { RUN_FILES } from '../runFiles';
import type { RunLog } from '../runLog';
import { hasPredictions, writePredictions } from '../runPredictions';
import { scoredRows } from '../runScores';
import { validationChooses } from '../validation';
import { FullFolds } from './fullFolds';
import { FullPart } from './fullPart';
import type { EpochEnd, FullOptions } from './fullPart';
import type { FullEpoch, FullTrainer } from './fullTrainer';
import { stepsOf } from './schedule';
import { fullTrainer } from './setup';

/**
 * Trains the encoder together with the chosen mode: checkpoint and end by the validation split, test left alone. What it says of
 * train and validation was seen in training, or chosen on; out of fold only where the recipe asks for a training a fold.
 */
export async function trainFull(
  data: RunData,
  engine: Engine,
  log: RunLog,
  options: FullOptions,
): Promise<'done' | 'stopped'> {
  const pixels = await openPixels(data.projectDir, data.content.input);
  const trainer = await fullTrainer(data, engine, {
    frame: (row) => pixels.frame(data.samples[row]!.key),
    cache: { dir: join(data.projectDir, 'cache'), hashes: data.hashes },
  });
  try {
    const run = new FullRun(data, trainer, log, options);
    const folds = data.content.recipe.outOfFold ? new FullFolds(data, trainer, log, options) : null;
    if (!(await run.train())) return 'stopped';
    if (folds && !(await folds.train())) return 'stopped';
    if (!existsSync(join(data.folder, RUN_FILES.model))) await exportWhole(data, log);
    return 'done';
  } finally {
    await trainer.dispose();
    await pixels.close();
  }
}

class FullRun {
  private readonly bestFile: string;
  private readonly byValidation: boolean;

  constructor(
    private readonly data: RunData,
    private readonly trainer: FullTrainer,
    private readonly log: RunLog,
    private readonly o: FullOptions,
  ) {
    this.bestFile = join(data.folder, 'best.safetensors');
    this.byValidation = validationChooses(data);
    log.plan('chosen', this.total);
  }

  /** @returns false where it was stopped */
  async train(): Promise<boolean> {
    const { data, log, trainer, total } = this;
    const lastFile = join(data.folder, 'last.safetensors');
    if (existsSync(lastFile) && hasPredictions(data.folder, 'chosen')) {
      log.plan('chosen', 0);
      return true;
    }
    if (!this.byValidation)
      await log.say('validation is too small to choose a checkpoint: all epochs are trained, and the last is taken');
    let left = total;
    log.progress('chosen', 0, total);
    const part = new FullPart(data, trainer, log, this.o, {
      name: 'chosen',
      folder: data.folder,
      kind: 'chosen',
      rows: data.train,
      stream: 0,
      tell: (done) => log.progress('chosen', done, total),
      onEpoch: (report, params, best) => this.afterEpoch(report, params, best),
    });
    const { stopped, best } = await part.train({ done: (count) => (left -= count), planned: () => left });
    await part.waiting.say(log);
    if (existsSync(this.bestFile)) await this.predict();
    if (stopped) return false;
    log.plan('chosen', 0);
    await writeParams(lastFile, await trainer.params());
    await dropResume(data.folder);
    await log.say(`chosen: best epoch ${best?.epoch ?? 0}, validation AUC ${best?.auc?.toFixed(4) ?? 'not defined'}`);
    return true;
  }

  /** Steps of all epochs. */
  private get total(): number {
    const { recipe } = this.data.content;
    return recipe.epochs * stepsOf(this.data.train.length, recipe);
  }

  private async afterEpoch(report: FullEpoch, params: HostTensors, before: Best | null): Promise<EpochEnd> {
    const { epoch, step, trainLoss, learningRate } = report;
    const { loss: valLoss, auc: valAuc } = await this.validate(params);
    const better = this.betters(before, valAuc, valLoss);
    const best = better ? { epoch, auc: valAuc, loss: valLoss ?? NaN } : before;
    const { patience } = this.data.content.recipe;
    const stop = this.byValidation && patience !== null && best !== null && epoch - best.epoch >= patience;
    if (stop) await this.log.say(`no better validation AUC for ${patience} epochs: training ends`);
    return {
      line: { part: 'chosen', epoch, step, trainLoss, valLoss, valAuc, learningRate },
      best,
      keep: better ? () => writeParams(this.bestFile, params) : null,
      stop,
    };
  }

  /** A higher validation AUC, at equal AUC a lower loss; the last epoch where validation may not choose. */
  private betters(best: Best | null, valAuc: number | null, valLoss: number | null): boolean {
    if (!best || !this.byValidation) return true;
    if (valAuc !== null && best.auc !== null && valAuc !== best.auc) return valAuc > best.auc;
    return (valLoss ?? Infinity) < best.loss;
  }

  /** Loss against the labels as they are, and AUC. */
  private async validate(params: HostTensors): Promise<{ loss: number | null; auc: number | null }> {
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
    const rows = outsideTest(data);
    log.progress('predictions', 0, 1);
    const probabilities = await trainer.predict(await readParams(this.bestFile), rows, () =>
      waitWhilePaused(this.log, this.o.pause, this.o.signal),
    );
    await writePredictions(data, 'chosen', { outOfFold: null, byTrain: { rows, probabilities } });
  }
}
