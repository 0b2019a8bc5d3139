import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { auc } from '@main/insight';
import type { HostTensors } from '@main/engine';
import { dropResume, readParams, readResume, writeParams, writeResume } from './checkpoints';
import type { Best } from './checkpoints';
import { trainedHeads } from './headSpec';
import type { TrainedHead } from './headSpec';
import type { HeadTrainer } from './headTrainer';
import { headFolder, outsideTest, writeHead } from './headFiles';
import type { HeadWork } from './headWork';
import { waitWhilePaused } from './pause';
import { keepLines } from './runFiles';
import { hasPredictions } from './runPredictions';
import { scoredRows } from './runScores';
import { Saving } from './saving';
import { stepper } from './stepper';
import { validationChooses } from './validation';

/** Trains a run's heads on its training split, one after the other; each goes on where it was cut off. */
export class Heads {
  private readonly byValidation: boolean;

  constructor(private readonly work: HeadWork) {
    this.byValidation = validationChooses(work.data);
  }

  /** @returns false where it was stopped */
  async train(): Promise<boolean> {
    for (const head of trainedHeads(this.work.data)) if (!(await this.trainHead(head))) return false;
    return true;
  }

  private async trainHead(head: TrainedHead): Promise<boolean> {
    const { data, engines } = this.work;
    const done = existsSync(join(headFolder(data.folder, head), 'last.safetensors'));
    if (done && hasPredictions(data.folder, head)) {
      this.work.skip(head, this.work.stepsOf(data.train.length));
      return true;
    }
    const trainer = await this.work.trainer(head, engines.whole, data.content.recipe);
    try {
      return await this.fit(trainer, head);
    } finally {
      await trainer.dispose();
    }
  }

  /** @returns false where it was stopped */
  private async fit(trainer: HeadTrainer, head: TrainedHead): Promise<boolean> {
    const { data, log, signal, pause } = this.work;
    const folder = headFolder(data.folder, head);
    const bestFile = join(folder, 'best.safetensors');
    const resume = await readResume(folder);
    this.work.skip(head, this.work.stepsOf(data.train.length, resume?.from.epoch ?? 0));
    let best: Best | null = resume?.best ?? null;
    await keepLines(data.folder, (line) => line.part !== head || line.epoch <= (resume?.from.epoch ?? 0));
    if (head === 'chosen' && !this.byValidation)
      await log.say('validation is too small to choose a checkpoint: the last epoch is taken');
    const saved = new Saving();
    const { params, stopped } = await trainer.fit({
      rows: data.train,
      stream: 0,
      from: resume?.from,
      signal,
      beforeStep: () => waitWhilePaused(log, pause, signal),
      onStep: stepper(log, head, (step, total) => log.progress(head, step, total)),
      onEpoch: async ({ epoch, step, trainLoss, learningRate }, now) => {
        const current = await now.params();
        const { loss: valLoss, auc: valAuc } = await this.validate(trainer, current);
        const line = { part: head, epoch, step, trainLoss, valLoss, valAuc, learningRate };
        await log.write(line);
        const better = this.betters(best, valAuc, valLoss);
        if (better) best = { epoch, auc: valAuc, loss: valLoss ?? NaN };
        const [checkpoint, found] = [await now.checkpoint(), best];
        await saved.next(async () => {
          if (better) await writeParams(bestFile, current);
          await writeResume(folder, checkpoint, found);
          log.tell(line);
        });
      },
    });
    await saved.all();
    if (existsSync(bestFile)) await this.predictByTrain(trainer, head, await readParams(bestFile));
    if (stopped) return false;
    await writeParams(join(folder, 'last.safetensors'), params);
    await dropResume(folder);
    const found = best as Best | null;
    await log.say(
      `${head}: best epoch ${found?.epoch ?? 0}, validation AUC ${found?.auc?.toFixed(4) ?? 'not defined'}`,
    );
    return true;
  }

  /** A higher validation AUC, at equal AUC a lower loss; the last epoch where validation may not choose. */
  private betters(best: Best | null, valAuc: number | null, valLoss: number | null): boolean {
    if (!best || !this.byValidation) return true;
    if (valAuc !== null && best.auc !== null && valAuc !== best.auc) return valAuc > best.auc;
    return (valLoss ?? Infinity) < best.loss;
  }

  private async validate(
    trainer: HeadTrainer,
    params: HostTensors,
  ): Promise<{ loss: number | null; auc: number | null }> {
    const { val } = this.work.data;
    if (val.length === 0) return { loss: null, auc: null };
    const probabilities = await trainer.predict(params, val);
    return {
      loss: trainer.lossOf(probabilities, val),
      auc: auc(scoredRows(this.work.data, val, probabilities)),
    };
  }

  private async predictByTrain(trainer: HeadTrainer, head: TrainedHead, params: HostTensors): Promise<void> {
    const rows = outsideTest(this.work.data);
    const byTrain = { rows, probabilities: await trainer.predict(params, rows) };
    await writeHead(this.work.data, head, { outOfFold: null, byTrain });
  }
}
