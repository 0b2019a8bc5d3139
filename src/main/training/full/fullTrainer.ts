import type { Recipe } from '@shared/domain';
import type { Engine, HostTensors, Program, Trainer, TrainerOptions } from '@main/engine';
import { decays, randomNumbers } from '@main/model';
import { shuffle } from '../folds';
import { rateAt } from '../headTrainer';
import { objectiveOf } from '../objective';
import type { Objective, RowLabels } from '../objective';
import { networkLogits, networkStart } from './network';
import type { NetworkSpec } from './network';

/** Where the network's pictures and labels come from. */
export interface FullInputs extends RowLabels {
  /** Writes what the trunk reads. @param epoch in which it is changed so; null: as it is @param out [rows, …inputShape] */
  read(rows: readonly number[], epoch: number | null, out: Float32Array): Promise<void>;
  /** Gives back what reading needed. */
  dispose?(): Promise<void>;
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

/** Enough to go on bit for bit. */
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
  readonly from?: FullCheckpoint | null;
  /** Before each step. `stop` ends the training where it stands. */
  readonly beforeStep: (place: Place) => Promise<'go' | 'stop'>;
  readonly onStep: (done: number, total: number) => void;
  /** After each epoch. `stop` ends the training early: it is finished. */
  readonly onEpoch: (report: FullEpoch) => Promise<'go' | 'stop'>;
}

/** Tokens of a batch that is only predicted: enough work for the cores, not too much memory. */
const TOKENS_AT_ONCE = 1200;

/** Trains encoder, residual mode and head together, and predicts with them. */
export class FullTrainer {
  private readonly objective: Objective;
  private trainer: Promise<Trainer> | undefined;
  private predictor: Promise<Program> | undefined;

  constructor(
    private readonly engine: Engine,
    readonly spec: NetworkSpec,
    private readonly recipe: Recipe,
    private readonly inputs: FullInputs,
  ) {
    this.objective = objectiveOf(spec.head.kind, spec.head.classes, recipe.focal);
  }

  /**
   * AdamW with layer-wise learning rates (decay on matrices only), linear warm-up, then a cosine to 0; every row once an epoch,
   * in batches of nearly equal size; the loss of the labels' kind, against smoothed labels.
   */
  async fit(o: FullFit): Promise<'done' | 'stopped'> {
    const { epochs, batch, seed, classWeights } = this.recipe;
    const balance = classWeights === 'balanced' ? this.objective.balanceOf(this.inputs, o.rows) : null;
    const trainer = await this.ready();
    if (o.from) await trainer.restore(o.from.state);
    const perEpoch = Math.max(1, Math.ceil(o.rows.length / batch));
    const total = epochs * perEpoch;
    let { epoch, step, lossSum, countSum } = o.from ?? START;
    for (; epoch < epochs; epoch++, step = 0, lossSum = 0, countSum = 0) {
      const order = shuffle([...o.rows], randomNumbers(orderSeed(seed, epoch)));
      let rate = 0;
      for (; step < perEpoch; step++) {
        if ((await o.beforeStep({ epoch, step, lossSum, countSum })) === 'stop') return 'stopped';
        const rows = order.slice(
          Math.floor((step * order.length) / perEpoch),
          Math.floor(((step + 1) * order.length) / perEpoch),
        );
        rate = rateAt(epoch * perEpoch + step, total, this.recipe);
        const { loss } = await trainer.step(await this.batchOf(rows, epoch, balance), rate);
        const counted = this.objective.count(this.inputs, rows);
        lossSum += loss!.data[0]! * counted;
        countSum += counted;
        o.onStep(epoch * perEpoch + step + 1, total);
      }
      const report = {
        epoch: epoch + 1,
        step: (epoch + 1) * perEpoch,
        trainLoss: lossSum / countSum,
        learningRate: rate,
      };
      if ((await o.onEpoch(report)) === 'stop') break;
    }
    return 'done';
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
    const data = new Float32Array(batch * sizeOf(this.spec.trunk.inputShape));
    for (let at = 0; at < rows.length; at += batch) await this.inputs.read(rows.slice(at, at + batch), 0, data);
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
    const data = new Float32Array(sizeOf(shape));
    for (let at = 0; at < rows.length; at += batch) {
      await beforeBatch?.();
      const part = rows.slice(at, at + batch);
      await this.inputs.read(part, null, data);
      const answer = await program.run({ ...named, x: { dtype: 'float32', shape, data } });
      out.set((answer.probabilities!.data as Float32Array).subarray(0, part.length * classes), at * classes);
    }
    return out;
  }

  async dispose(): Promise<void> {
    await this.inputs.dispose?.();
    await (await this.trainer)?.dispose();
    await (await this.predictor)?.dispose();
  }

  private ready(): Promise<Trainer> {
    this.trainer ??= this.engine.trainer(fullTask(this.spec, this.recipe));
    return this.trainer;
  }

  /** Rows that only fill the batch up weigh nothing. */
  private async batchOf(rows: readonly number[], epoch: number, balance: Float32Array | null): Promise<HostTensors> {
    const { batch, labelSmoothing } = this.recipe;
    const { classes } = this.spec.head;
    const shape = [batch, ...this.spec.trunk.inputShape];
    const data = new Float32Array(sizeOf(shape));
    await this.inputs.read(rows, epoch, data);
    const targets = new Float32Array(batch * classes);
    const weightShape = [batch, ...this.objective.weightShape];
    const weights = new Float32Array(sizeOf(weightShape));
    rows.forEach((row, i) => this.objective.put(this.inputs, row, targets, weights, i));
    smooth(targets.subarray(0, rows.length * classes), labelSmoothing, this.inputs.answers ? 2 : classes);
    this.objective.weigh(targets, weights, rows.length, balance);
    return {
      x: { dtype: 'float32', shape, data },
      targets: { dtype: 'float32', shape: [batch, classes], data: targets },
      weights: { dtype: 'float32', shape: weightShape, data: weights },
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
  const { batch, weightDecay, layerDecay } = recipe;
  const objective = objectiveOf(spec.head.kind, spec.head.classes, recipe.focal);
  return {
    params,
    frozen,
    inputs: {
      x: { dtype: 'float32', shape: [batch, ...spec.trunk.inputShape] },
      targets: { dtype: 'float32', shape: [batch, spec.head.classes] },
      weights: { dtype: 'float32', shape: [batch, ...objective.weightShape] },
    },
    loss: (trained, constants, { x, targets, weights }) => ({
      loss: objective.loss(networkLogits({ ...trained, ...constants }, x!, spec), targets!, weights!),
    }),
    optimiser: {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decay: (name, shape) => (decays(name, shape) ? weightDecay : 0),
      scale: (name) => spec.trunk.rate(name, layerDecay),
    },
  };
}

/**
 * Label smoothing, in place: 1 - ε of each target, and ε spread over all that it could be, as PyTorch's `label_smoothing`.
 * @param targets probabilities @param ways classes, or 2 for a yes or no
 */
export function smooth(targets: Float32Array, epsilon: number, ways: number): void {
  for (let i = 0; i < targets.length; i++) targets[i] = (1 - epsilon) * targets[i]! + epsilon / ways;
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

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const orderSeed = (seed: number, epoch: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b)) >>> 0;
