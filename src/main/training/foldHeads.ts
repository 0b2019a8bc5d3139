import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '@main/engine';
import { writeSafetensors } from '@main/formats';
import { dropResume, readResume, writeParams, writeResume } from './checkpoints';
import type { Checkpoint } from './headTrainer';
import { foldWaves, sideBySide } from './foldWaves';
import { foldNumbers, foldPart, foldRows, heldOut, joinFolds } from './foldParts';
import { answerFile, foldFolder } from './headFiles';
import { trainedHeads } from './headSpec';
import type { TrainedHead } from './headSpec';
import type { HeadTrainer } from './headTrainer';
import type { HeadWork } from './headWork';
import { waitWhilePaused } from './pause';
import { foldOf, keepLines } from './runFiles';
import { Saving } from './saving';
import { stepper } from './stepper';

/** One head in one fold, and what trains beside it. */
interface FoldTraining {
  readonly head: TrainedHead;
  readonly fold: number;
  readonly from: Checkpoint | undefined;
  readonly signal: AbortSignal;
  readonly sideBySide: number;
}

/** Trains a run's heads in folds, several at once where there are threads for it; each goes on where it was cut off. */
export class FoldHeads {
  #done = 0;
  readonly #total: number;

  constructor(private readonly work: HeadWork) {
    const { data } = work;
    this.#total = foldNumbers(data)
      .map((fold) => work.stepsOf(foldRows(data, fold).length) * trainedHeads(data).length)
      .reduce((a, b) => a + b, 0);
  }

  /** @returns false where it was stopped */
  async train(): Promise<boolean> {
    const { data, engines, signal } = this.work;
    const cutOff = await this.cutOff();
    for (const { folds, threads } of foldWaves(data.content.recipe.folds, engines.threads)) {
      const engine = await engines.part(threads);
      const finished = await sideBySide(folds, signal, async (fold, stop) => {
        for (const head of trainedHeads(data)) {
          const from = cutOff.get(foldPart(fold, head));
          const training = { head, fold, from, signal: stop, sideBySide: folds.length };
          if (!(await this.trainFold(training, engine))) return false;
        }
        return true;
      });
      if (!finished) return false;
    }
    for (const head of trainedHeads(data)) await joinFolds(data, head);
    return true;
  }

  /** Where folds were cut off, by part. The lines of epochs after that are taken back here, before several folds write at once. */
  private async cutOff(): Promise<Map<string, Checkpoint>> {
    const { data } = this.work;
    const found = new Map<string, Checkpoint>();
    const done = new Set<string>();
    for (const fold of foldNumbers(data))
      for (const head of trainedHeads(data)) {
        if (existsSync(answerFile(data.folder, head, fold))) done.add(foldPart(fold, head));
        const resume = await readResume(foldFolder(data.folder, head, fold));
        if (resume) found.set(foldPart(fold, head), resume.from);
      }
    await keepLines(
      data.folder,
      ({ part, epoch }) => foldOf({ part }) === 0 || done.has(part) || epoch <= (found.get(part)?.epoch ?? 0),
    );
    return found;
  }

  /** @returns false where it was stopped */
  private async trainFold(training: FoldTraining, engine: Engine): Promise<boolean> {
    const { head, fold, from } = training;
    const rows = foldRows(this.work.data, fold);
    const isDone = existsSync(answerFile(this.work.data.folder, head, fold));
    const before = isDone ? this.work.stepsOf(rows.length) : this.work.stepsOf(rows.length, from?.epoch ?? 0);
    this.#done += before;
    this.work.skip(head, before);
    if (isDone) return true;
    const trainer = await this.work.trainer(head, engine);
    try {
      return await this.fit(trainer, training, rows);
    } finally {
      await trainer.dispose();
    }
  }

  private async fit(trainer: HeadTrainer, training: FoldTraining, rows: readonly number[]): Promise<boolean> {
    const { data, log, pause } = this.work;
    const { head, fold, from, signal } = training;
    const folder = foldFolder(data.folder, head, fold);
    const saved = new Saving();
    const { params, stopped } = await trainer.fit({
      rows,
      stream: 1 + fold,
      from,
      signal,
      beforeStep: () => waitWhilePaused(log, pause, signal),
      onStep: stepper(log, head, () => log.progress('folds', ++this.#done, this.#total), training.sideBySide),
      onEpoch: async ({ epoch, step, trainLoss, learningRate }, now) => {
        const line = { part: foldPart(fold, head), epoch, step, trainLoss, valLoss: null, valAuc: null, learningRate };
        await log.write(line);
        const checkpoint = await now.checkpoint();
        await saved.next(async () => {
          await writeResume(folder, checkpoint, null);
          log.tell(line);
        });
      },
    });
    await saved.all();
    if (stopped) return false;
    const held = heldOut(data, fold);
    const probabilities = await trainer.predict(params, held);
    await writeParams(join(folder, 'last.safetensors'), params);
    await writeSafetensors(answerFile(data.folder, head, fold), {
      probabilities: { dtype: 'float32', shape: [held.length, data.classes], data: probabilities },
    });
    await dropResume(folder);
    return true;
  }
}
