import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { foldRecipe } from '@shared/domain';
import type { Recipe } from '@shared/domain';
import { writeSafetensors } from '@main/formats';
import { dropResume, writeParams } from '../checkpoints';
import { foldNumbers, foldPart, foldRows, heldOut, joinFolds } from '../foldParts';
import { answerFile, foldFolder } from '../headFiles';
import { waitWhilePaused } from '../pause';
import type { RunData } from '../runData';
import type { RunLog } from '../runLog';
import { FullPart } from './fullPart';
import type { FullOptions } from './fullPart';
import type { FullTrainer } from './fullTrainer';
import { stepsOf } from './schedule';

/**
 * One training a fold, from the published weights, on all of train and validation but the fold: what it says of the fold was not
 * seen. Plain loss, all epochs, the last one kept: nothing that is held out may choose one.
 */
export class FullFolds {
  private readonly recipe: Recipe;
  private readonly total: number;
  private left: number;

  constructor(
    private readonly data: RunData,
    private readonly trainer: FullTrainer,
    private readonly log: RunLog,
    private readonly o: FullOptions,
  ) {
    this.recipe = foldRecipe(data.content.recipe);
    this.total = foldNumbers(data).reduce((sum, fold) => sum + this.stepsOf(fold), 0);
    this.left = this.total;
    log.plan('folds', this.left);
  }

  /** @returns false where it was stopped */
  async train(): Promise<boolean> {
    for (const fold of foldNumbers(this.data)) if (!(await this.trainFold(fold))) return false;
    await joinFolds(this.data, 'chosen');
    return true;
  }

  private stepsOf(fold: number): number {
    return this.recipe.epochs * stepsOf(foldRows(this.data, fold).length, this.recipe);
  }

  /** @returns false where it was stopped */
  private async trainFold(fold: number): Promise<boolean> {
    const { data, log, trainer, total } = this;
    const done = (count: number): void => void (this.left -= count);
    if (existsSync(answerFile(data.folder, 'chosen', fold))) {
      done(this.stepsOf(fold));
      log.plan('folds', this.left);
      return true;
    }
    await trainer.restart(this.recipe);
    const folder = foldFolder(data.folder, 'chosen', fold);
    await mkdir(folder, { recursive: true });
    const part = new FullPart(data, trainer, log, this.o, {
      name: foldPart(fold, 'chosen'),
      folder,
      kind: 'folds',
      rows: foldRows(data, fold),
      stream: 1 + fold,
      tell: () => log.progress('folds', total - this.left, total),
      onEpoch: ({ epoch, step, trainLoss, learningRate }) =>
        Promise.resolve({
          line: { part: foldPart(fold, 'chosen'), epoch, step, trainLoss, valLoss: null, valAuc: null, learningRate },
          best: null,
          keep: null,
          stop: false,
        }),
    });
    if ((await part.train({ done, planned: () => this.left })).stopped) return false;
    const rows = heldOut(data, fold);
    const params = await trainer.params();
    const probabilities = await trainer.predict(params, rows, () => waitWhilePaused(log, this.o.pause, this.o.signal));
    await writeParams(join(folder, 'last.safetensors'), params);
    await writeSafetensors(answerFile(data.folder, 'chosen', fold), {
      probabilities: { dtype: 'float32', shape: [rows.length, data.classes], data: probabilities },
    });
    await dropResume(folder);
    return true;
  }
}
