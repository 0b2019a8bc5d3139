import type { Recipe } from '@shared/domain';
import type { Engine, HostTensors, Program, Trainer, TrainerOptions } from '@main/engine';
import { decays, randomNumbers } from '@main/model';
import { shuffle } from '../folds';
import { rateAt } from '../headTrainer';
import { objectiveOf } from '../objective';
import type { Objective, RowLabels } from '../objective';
import { ahead } from './feed/ahead';
import { ownShare } from './feed/batch';
import { mixOf } from './feed/plan';
import { networkLogits, networkStart } from './network';
import type { NetworkSpec } from './network';
import type { BatchPlace } from './pictures';
import { keptBranches } from './dropPath';
import { ratesOf, stepsOf } from './schedule';
import { mixTargets, smooth } from './softTargets';

/** Where the network's pictures and labels come from. */
export interface FullInputs extends RowLabels {
  /**
   * What the trunk reads, made ready from the call on.
   * @param at by whose changes; null: as they are @param size samples of the batch; what is missing is zero @returns [size, …inputShape]
   */
  batch(rows: readonly number[], at: BatchPlace | null, size: number): Promise<Float32Array>;
  /** Gives back what reading needed. */
  dispose(): Promise<void>;
}

/** Between two steps: finished epochs, and steps and summed loss of the one that is under way. */
export interface Place {
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  /** What the sum is over: samples, or assessed answers. */
  readonly countSum: number;
}
const START: Place = { epoch: 0, step: 0, lossSum: 0, countSum: 0 };

/** Enough to go on bit for bit: all that is random hangs on the seed and on the place alone. */
export interface FullCheckpoint extends Place {
  readonly state: HostTensors;
}

export interface FullEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Steps taken since the start. */
  readonly step: number;
  readonly trainLoss: number;
  readonly learningRate: number;
}

export interface FullFit {
  readonly rows: readonly number[];
  /** Tells folds apart: 0 of the run itself. */
  readonly stream: number;
  readonly from?: FullCheckpoint | null;
  /** Before each step. `stop` ends the training where it stands. */
  readonly beforeStep: (place: Place) => Promise<'go' | 'stop'>;
  /** @param waited seconds of this step in which the engine had to wait for pictures */
  readonly onStep: (done: number, total: number, waited: number) => void;
  /** After each epoch. `stop` ends the training early: it is finished. */
  readonly onEpoch: (report: FullEpoch) => Promise<'go' | 'stop'>;
}

/** Tokens of a batch that is only predicted: enough work for the cores, not too much memory. */
const TOKENS_AT_ONCE = 1200;
/** Batches that are made ready ahead of the one that is computed. */
const AHEAD = 2;

/** Trains encoder, residual mode and head together, and predicts with them. */
export class FullTrainer {
  private objective: Objective;
  private trainer: Promise<Trainer> | undefined;
  private predictor: Promise<Program> | undefined;

  constructor(
    private readonly engine: Engine,
    readonly spec: NetworkSpec,
    private recipe: Recipe,
    private readonly inputs: FullInputs,
  ) {
    this.objective = objectiveOf(spec.head.kind, spec.head.classes, recipe.focal);
  }

  /**
   * AdamW with layer-wise learning rates (decay on matrices only), linear warm-up, then a cosine or a constant rate; every row
   * once an epoch, in steps of nearly equal size, each of one batch or of several; the loss of the labels' kind, against smoothed
   * and mixed labels. Pictures are made ready by threads while the engine computes.
   */
  async fit(o: FullFit): Promise<'done' | 'stopped'> {
    const { recipe } = this;
    const balance = recipe.classWeights === 'balanced' ? this.objective.balanceOf(this.inputs, o.rows) : null;
    const trainer = await this.ready();
    if (o.from) await trainer.restore(o.from.state);
    const perEpoch = stepsOf(o.rows.length, recipe);
    const total = recipe.epochs * perEpoch;
    const rates = ratesOf(recipe, perEpoch);
    const from = o.from ?? START;
    let { lossSum, countSum } = from;
    let waited = 0;
    const parts = partsOf(o.rows, recipe, from, o.stream);
    const made = ahead(parts, (part) => this.inputs.batch(part.rows, part, recipe.batch), AHEAD);
    for await (const [part, samples] of made) {
      const { epoch, step } = part;
      if (part.isFirst && (await o.beforeStep({ epoch, step, lossSum, countSum })) === 'stop') return 'stopped';
      const asked = performance.now();
      const x = await samples;
      waited += (performance.now() - asked) / 1000;
      const share = this.shareOf(part, balance);
      const rate = rateAt(epoch * perEpoch + step, total, rates);
      const feeds = this.feedsOf(part, x, balance);
      const { loss } = part.isLast ? await trainer.step(feeds, rate, share) : await trainer.add(feeds, share);
      const counted = this.objective.count(this.inputs, part.rows);
      lossSum += loss!.data[0]! * counted;
      countSum += counted;
      if (!part.isLast) continue;
      o.onStep(epoch * perEpoch + step + 1, total, waited);
      waited = 0;
      if (step + 1 < perEpoch) continue;
      const report = {
        epoch: epoch + 1,
        step: (epoch + 1) * perEpoch,
        trainLoss: lossSum / countSum,
        learningRate: rate,
      };
      [lossSum, countSum] = [0, 0];
      if ((await o.onEpoch(report)) === 'stop') break;
    }
    return 'done';
  }

  /** The next training begins with start values, and goes by another recipe of the same network. */
  async restart(recipe: Recipe): Promise<void> {
    await (await this.trainer)?.dispose();
    this.trainer = undefined;
    this.recipe = recipe;
    this.objective = objectiveOf(this.spec.head.kind, this.spec.head.classes, recipe.focal);
  }

  /** Bytes that training takes, by the sizes in its graph. */
  bytes(): number {
    const params = Object.values(networkStart(this.spec).params);
    // As they were loaded, as they are validated, and as the best and its file's bytes.
    const weights = params.reduce((sum, { data }) => sum + data.byteLength, 0);
    return 4 * weights + this.engine.trainerBytes(fullTask(this.spec, this.recipe));
  }

  /** Makes what a first epoch reads once and later ones find: tokens that are kept. @returns seconds of each row */
  async prepare(rows: readonly number[]): Promise<number> {
    const start = performance.now();
    const { batch } = this.recipe;
    for (let at = 0; at < rows.length; at += batch)
      await this.inputs.batch(rows.slice(at, at + batch), { epoch: 0, number: 0 }, batch);
    return (performance.now() - start) / 1000 / rows.length;
  }

  /** All that resuming needs, copied. */
  async state(): Promise<HostTensors> {
    return (await this.ready()).state();
  }

  async params(): Promise<HostTensors> {
    return (await this.ready()).params();
  }

  /** Probabilities by given parameters. @param beforeBatch may hold a pause @returns [rows, C] */
  async predict(
    params: HostTensors,
    rows: readonly number[],
    beforeBatch?: () => Promise<void>,
  ): Promise<Float32Array> {
    const { head, trunk } = this.spec;
    const { classes } = head;
    const batch = Math.max(2, Math.min(32, Math.round(TOKENS_AT_ONCE / trunk.rows)));
    this.predictor ??= predictorOf(this.engine, this.spec, batch);
    const program = await this.predictor;
    const named = Object.fromEntries(Object.entries(params).map(([name, tensor]) => [`param.${name}`, tensor]));
    const out = new Float32Array(rows.length * classes);
    const shape = [batch, ...trunk.inputShape];
    const places = Array.from({ length: Math.ceil(rows.length / batch) }, (_, i) => i * batch);
    const rowsAt = (at: number): readonly number[] => rows.slice(at, at + batch);
    const made = ahead(places, (at) => this.inputs.batch(rowsAt(at), null, batch), 1);
    for await (const [at, samples] of made) {
      await beforeBatch?.();
      const answer = await program.run({ ...named, x: { dtype: 'float32', shape, data: await samples } });
      const part = rowsAt(at).length * classes;
      out.set((answer.probabilities!.data as Float32Array).subarray(0, part), at * classes);
    }
    return out;
  }

  async dispose(): Promise<void> {
    await (await this.trainer)?.dispose();
    await (await this.predictor)?.dispose();
    await this.inputs.dispose();
  }

  private ready(): Promise<Trainer> {
    this.trainer ??= this.engine.trainer(fullTask(this.spec, this.recipe));
    return this.trainer;
  }

  /** Targets and weights of a batch's rows; rows that only fill it up weigh nothing. */
  private labelled(
    rows: readonly number[],
    balance: Float32Array | null,
  ): { targets: Float32Array; weights: Float32Array } {
    const { batch, labelSmoothing } = this.recipe;
    const { classes } = this.spec.head;
    const targets = new Float32Array(batch * classes);
    const weights = new Float32Array(sizeOf([batch, ...this.objective.weightShape]));
    rows.forEach((row, i) => this.objective.put(this.inputs, row, targets, weights, i));
    smooth(targets.subarray(0, rows.length * classes), labelSmoothing, this.inputs.answers ? 2 : classes);
    this.objective.weigh(targets, weights, rows.length, balance);
    return { targets, weights };
  }

  /** How much a batch weighs among those of its step. */
  private shareOf({ rows, stepRows }: Part, balance: Float32Array | null): number {
    if (stepRows.length === 1) return 1;
    const weight = (of: readonly number[]): number => this.labelled(of, balance).weights.reduce((a, b) => a + b, 0);
    return weight(rows) / stepRows.reduce((sum, of) => sum + weight(of), 0);
  }

  private feedsOf({ rows, epoch, number }: Part, x: Float32Array, balance: Float32Array | null): HostTensors {
    const { recipe, spec } = this;
    const { batch, dropPath, seed } = recipe;
    const { trunk } = spec;
    const { targets, weights } = this.labelled(rows, balance);
    const mix = mixOf(recipe, epoch, number);
    // Pictures alone are mixed: [S, S, 3].
    if (mix) mixTargets(targets, weights, rows.length, batch, ownShare(mix, trunk.inputShape[0]!));
    const keep: HostTensors =
      dropPath > 0 && trunk.skippable
        ? { keep: keptBranches(dropPath, trunk.skippable, batch, seed, epoch, number) }
        : {};
    return {
      x: { dtype: 'float32', shape: [batch, ...trunk.inputShape], data: x },
      targets: { dtype: 'float32', shape: [batch, spec.head.classes], data: targets },
      weights: { dtype: 'float32', shape: [batch, ...this.objective.weightShape], data: weights },
      ...keep,
    };
  }

  /** Mean loss of probabilities against the rows' labels as they are, unsmoothed. */
  lossOf(probabilities: Float32Array, rows: readonly number[]): number {
    return this.objective.lossOf(probabilities, this.inputs, rows);
  }
}

/** One step of a `full` run as the engine takes it. */
export function fullTask(spec: NetworkSpec, recipe: Recipe): TrainerOptions {
  const { params, frozen } = networkStart(spec);
  const { batch, weightDecay, layerDecay, accumulate, clip, average, dropPath } = recipe;
  const objective = objectiveOf(spec.head.kind, spec.head.classes, recipe.focal);
  const { skippable } = spec.trunk;
  const keep: TrainerOptions['inputs'] =
    dropPath > 0 && skippable ? { keep: { dtype: 'float32', shape: [2 * skippable, batch] } } : {};
  return {
    params,
    frozen,
    accumulates: accumulate > 1,
    inputs: {
      x: { dtype: 'float32', shape: [batch, ...spec.trunk.inputShape] },
      targets: { dtype: 'float32', shape: [batch, spec.head.classes] },
      weights: { dtype: 'float32', shape: [batch, ...objective.weightShape] },
      ...keep,
    },
    loss: (trained, constants, { x, targets, weights, keep }) => ({
      loss: objective.loss(networkLogits({ ...trained, ...constants }, x!, spec, keep), targets!, weights!),
    }),
    optimiser: {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decay: (name, shape) => (decays(name, shape) ? weightDecay : 0),
      scale: (name) => spec.trunk.rate(name, layerDecay),
      clip,
      average,
    },
  };
}

/** Parameters are inputs of the graph: one session serves every epoch, and the best one afterwards. */
function predictorOf(engine: Engine, spec: NetworkSpec, batch: number): Promise<Program> {
  const { params, frozen } = networkStart(spec);
  const { probabilities } = objectiveOf(spec.head.kind, spec.head.classes);
  const shapes = Object.fromEntries(
    Object.entries(params).map(([name, { shape }]) => [`param.${name}`, { dtype: 'float32' as const, shape }]),
  );
  return engine.compile({
    constants: frozen,
    inputs: { ...shapes, x: { dtype: 'float32', shape: [batch, ...spec.trunk.inputShape] } },
    apply: (constants, inputs) => {
      const named = Object.fromEntries(
        Object.entries(inputs).flatMap(([name, tensor]) =>
          name.startsWith('param.') ? [[name.slice('param.'.length), tensor]] : [],
        ),
      );
      return { probabilities: probabilities(networkLogits({ ...named, ...constants }, inputs.x!, spec)) };
    },
  });
}

/** One batch of a step. */
interface Part {
  readonly epoch: number;
  readonly step: number;
  /** Of the batch in its epoch. */
  readonly number: number;
  readonly rows: readonly number[];
  /** Of all batches of its step. */
  readonly stepRows: readonly (readonly number[])[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** All batches from a place on. */
function* partsOf(rows: readonly number[], recipe: Recipe, from: Place, stream: number): Generator<Part> {
  const { epochs, batch, accumulate, seed } = recipe;
  const perEpoch = stepsOf(rows.length, recipe);
  for (let epoch = from.epoch; epoch < epochs; epoch++) {
    const order = shuffle([...rows], randomNumbers(orderSeed(seed, epoch, stream)));
    for (let step = epoch === from.epoch ? from.step : 0; step < perEpoch; step++) {
      const inStep = cutEvenly(order, perEpoch, step);
      const count = Math.max(1, Math.ceil(inStep.length / batch));
      const stepRows = Array.from({ length: count }, (_, i) => cutEvenly(inStep, count, i));
      for (const [i, part] of stepRows.entries())
        yield {
          epoch,
          step,
          number: step * accumulate + i,
          rows: part,
          stepRows,
          isFirst: i === 0,
          isLast: i === count - 1,
        };
    }
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const cutEvenly = (rows: readonly number[], parts: number, part: number): number[] =>
  rows.slice(Math.floor((part * rows.length) / parts), Math.floor(((part + 1) * rows.length) / parts));

const orderSeed = (seed: number, epoch: number, stream: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b) ^ Math.imul(stream, 0xc2b2ae35)) >>> 0;
