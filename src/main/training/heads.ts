import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { auc } from '@main/insight';
import type { Engine, HostTensors } from '@main/engine';
import { readSafetensors, writeSafetensors } from '@main/formats';
import { dropResume, readParams, readResume, writeParams, writeResume } from './checkpoints';
import type { Best } from './checkpoints';
import type { Features } from './features';
import { HeadTrainer } from './headTrainer';
import { blockOf, headSpec, trainedHeads } from './headSpec';
import type { TrainedHead } from './headSpec';
import { waitWhilePaused } from './pause';
import type { Pause } from './pause';
import type { RunData } from './runData';
import { keepLines } from './runFiles';
import { predictionFile, SPLIT_CODE } from './runFolder';
import type { RunLog } from './runLog';
import { scoredRows } from './runScores';
import { hasPredictions, writePredictions } from './runPredictions';
import type { RowProbabilities } from './runPredictions';
import { Saving } from './saving';
import { rowReader } from './tokenInputs';
import { validationChooses } from './validation';
import { StepTimes } from './workClock';

/** Trains a run's heads: each on the training split, then each in folds. Every part goes on where it was cut off. */
export class Heads {
  private readonly trainers = new Map<TrainedHead, Promise<HeadTrainer>>();
  private readonly byValidation: boolean;

  constructor(
    private readonly data: RunData,
    private readonly features: Features,
    private readonly engine: Engine,
    private readonly log: RunLog,
    private readonly signal?: AbortSignal,
    private readonly pause?: Pause,
  ) {
    this.byValidation = validationChooses(data);
    const { recipe } = data.content;
    const steps = (rows: number): number => recipe.epochs * Math.ceil(rows / recipe.batch);
    const all = data.train.length + data.val.length;
    for (const head of trainedHeads(data))
      log.plan(
        head,
        steps(data.train.length) + recipe.folds * steps(Math.round((all * (recipe.folds - 1)) / recipe.folds)),
      );
  }

  /** @returns false where it was stopped */
  async train(): Promise<boolean> {
    for (const head of trainedHeads(this.data)) if (!(await this.trainHead(head))) return false;
    return true;
  }

  /** @returns false where it was stopped */
  async trainFolds(): Promise<boolean> {
    const { folds } = this.data.content.recipe;
    for (let fold = 0; fold < folds; fold++)
      for (const head of trainedHeads(this.data)) if (!(await this.trainFold(head, fold))) return false;
    for (const head of trainedHeads(this.data)) await this.joinFolds(head);
    return true;
  }

  async dispose(): Promise<void> {
    for (const trainer of this.trainers.values()) await (await trainer).dispose();
    this.trainers.clear();
  }

  private async trainHead(head: TrainedHead): Promise<boolean> {
    const { data, log } = this;
    const folder = headFolder(data.folder, head);
    const bestFile = join(folder, 'best.safetensors');
    if (existsSync(join(folder, 'last.safetensors')) && hasPredictions(data.folder, head)) return true;
    const trainer = await this.trainer(head);
    const resume = await readResume(folder);
    let best: Best | null = resume?.best ?? null;
    await keepLines(data.folder, (line) => line.part !== head || line.epoch <= (resume?.from.epoch ?? 0));
    if (head === 'chosen' && !this.byValidation)
      await log.say('validation is too small to choose a checkpoint: the last epoch is taken');
    const saved = new Saving();
    const { params, stopped } = await trainer.fit({
      rows: data.train,
      stream: 0,
      from: resume?.from,
      signal: this.signal,
      beforeStep: () => waitWhilePaused(this.log, this.pause, this.signal),
      onStep: this.stepper(head, head),
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
    const { val } = this.data;
    if (val.length === 0) return { loss: null, auc: null };
    const probabilities = await trainer.predict(params, val);
    return {
      loss: trainer.lossOf(probabilities, val),
      auc: auc(scoredRows(this.data, val, probabilities)),
    };
  }

  private async predictByTrain(trainer: HeadTrainer, head: TrainedHead, params: HostTensors): Promise<void> {
    const rows = outsideTest(this.data);
    const byTrain = { rows, probabilities: await trainer.predict(params, rows) };
    await this.write(head, { outOfFold: null, byTrain });
  }

  private async trainFold(head: TrainedHead, fold: number): Promise<boolean> {
    const { data } = this;
    const folder = foldFolder(data.folder, head, fold);
    const answer = join(folder, 'out-of-fold.safetensors');
    if (existsSync(answer)) return true;
    const trainer = await this.trainer(head);
    const resume = await readResume(folder);
    const part = `fold-${fold + 1}/${head}`;
    await keepLines(data.folder, (line) => line.part !== part || line.epoch <= (resume?.from.epoch ?? 0));
    const saved = new Saving();
    const { params, stopped } = await trainer.fit({
      rows: [...data.train, ...data.val].filter((row) => data.folds[row] !== fold).sort((a, b) => a - b),
      stream: 1 + fold,
      from: resume?.from,
      signal: this.signal,
      beforeStep: () => waitWhilePaused(this.log, this.pause, this.signal),
      onStep: this.stepper(head, `fold-${fold + 1}`),
      onEpoch: async ({ epoch, step, trainLoss, learningRate }, now) => {
        const line = { part, epoch, step, trainLoss, valLoss: null, valAuc: null, learningRate };
        await this.log.write(line);
        const checkpoint = await now.checkpoint();
        await saved.next(async () => {
          await writeResume(folder, checkpoint, null);
          this.log.tell(line);
        });
      },
    });
    await saved.all();
    if (stopped) return false;
    const held = heldOut(data, fold);
    const probabilities = await trainer.predict(params, held);
    await writeParams(join(folder, 'last.safetensors'), params);
    await writeSafetensors(answer, {
      probabilities: { dtype: 'float32', shape: [held.length, data.classes], data: probabilities },
    });
    await dropResume(folder);
    return true;
  }

  /** Puts the folds' answers side by side. */
  private async joinFolds(head: TrainedHead): Promise<void> {
    const { data } = this;
    const rows: number[] = [];
    const parts: Float32Array[] = [];
    for (let fold = 0; fold < data.content.recipe.folds; fold++) {
      const file = join(foldFolder(data.folder, head, fold), 'out-of-fold.safetensors');
      parts.push((await readSafetensors(file)).probabilities!.data as Float32Array);
      rows.push(...heldOut(data, fold));
    }
    const probabilities = new Float32Array(rows.length * data.classes);
    let at = 0;
    for (const part of parts) {
      probabilities.set(part, at);
      at += part.length;
    }
    const before = (await readSafetensors(predictionFile(data.folder, head), ['byTrain'])).byTrain!
      .data as Float32Array;
    const byTrain = { rows: [...data.samples.keys()], probabilities: before };
    await this.write(head, { outOfFold: { rows, probabilities }, byTrain });
  }

  /** A run of mode `plain` is its own control: both heads are one. */
  private async write(
    head: TrainedHead,
    o: { outOfFold: RowProbabilities | null; byTrain: RowProbabilities },
  ): Promise<void> {
    await writePredictions(this.data, head, o);
    if (this.data.content.recipe.mode === 'plain') await writePredictions(this.data, 'plain', o);
  }

  private stepper(head: TrainedHead, stage: string): (done: number, total: number) => void {
    const { log } = this;
    const times = new StepTimes();
    let before: number | null = null;
    return (done, total) => {
      const now = log.seconds;
      // The first step waits for the session to warm up, and is no measure.
      if (before !== null) times.add(now - before);
      before = now;
      log.plan(head, Math.max(0, log.planned(head) - 1), times.seconds ?? undefined);
      log.progress(stage, done, total);
    };
  }

  private trainer(head: TrainedHead): Promise<HeadTrainer> {
    let trainer = this.trainers.get(head);
    if (!trainer) {
      trainer = trainerOf(this.data, head, this.features, this.engine);
      this.trainers.set(head, trainer);
    }
    return trainer;
  }
}

/** A head's network over the run's cached tokens. */
export async function trainerOf(
  data: RunData,
  head: TrainedHead,
  features: Features,
  engine: Engine,
): Promise<HeadTrainer> {
  const store = await features.tokens(data.content.recipe.taps);
  const spec = await headSpec(data, head, store.shape!, head === 'chosen' ? await blockOf(data) : null);
  const reader = rowReader(store, data.hashes, spec);
  return new HeadTrainer(engine, spec, data.content.recipe, {
    read: (rows, out) => reader.read(rows, out),
    labels: data.labels,
    answers: data.answers,
  });
}

/** Where a head's checkpoints lie: the chosen one's at the run's root. */
export const headFolder = (folder: string, head: TrainedHead): string =>
  head === 'chosen' ? folder : join(folder, head);
const foldFolder = (folder: string, head: TrainedHead, fold: number): string =>
  join(folder, 'folds', String(fold + 1), head);

const outsideTest = (data: RunData): number[] =>
  [...data.samples.keys()].filter((row) => data.split[row] !== SPLIT_CODE.test);

/** All of train and validation that a fold holds out, those that take no part too. */
const heldOut = (data: RunData, fold: number): number[] =>
  outsideTest(data).filter((row) => data.split[row] !== SPLIT_CODE.none && data.folds[row] === fold);
