import type { Recipe } from '@shared/domain';
import type { Engine, HostTensors, LoadedEncoder, Program, Trainer, TrainerOptions } from '@main/engine';
import { decays, randomNumbers } from '@main/model';
import { shuffle } from '../folds';
import { rateAt } from '../headTrainer';
import { objectiveOf } from '../objective';
import type { Objective, RowLabels } from '../objective';
import type { Change } from './augment';
import { layerScale } from './layerDecay';
import { networkLogits, networkStart } from './network';
import type { NetworkSpec } from './network';

/** Where the network's pictures and labels come from. */
export interface FullInputs extends RowLabels {
  /** Writes normalised pictures. @param out [rows, S, S, 3] */
  read(rows: readonly number[], change: (row: number) => Change | null, out: Float32Array): Promise<void>;
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
  readonly change: (row: number, epoch: number) => Change | null;
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
    private readonly encoder: LoadedEncoder,
    private readonly recipe: Recipe,
    private readonly inputs: FullInputs,
  ) {
    this.objective = objectiveOf(spec.head.kind, spec.head.classes);
  }

  /**
   * AdamW with layer-wise learning rates (decay on matrices only), linear warm-up, then a cosine to 0; every row once an epoch,
   * in batches of nearly equal size; the loss of the labels' kind, against smoothed labels.
   */
  async fit(o: FullFit): Promise<'done' | 'stopped'> {
    const { epochs, batch, seed } = this.recipe;
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
        const { loss } = await trainer.step(await this.batchOf(rows, (row) => o.change(row, epoch)), rate);
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
    const params = Object.values(networkStart(this.spec, this.encoder).params);
    // As they were loaded, as they are validated, and as the best and its file's bytes.
    const weights = params.reduce((sum, { data }) => sum + data.byteLength, 0);
    return 4 * weights + this.engine.trainerBytes(fullTask(this.spec, this.encoder, this.recipe));
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
    const { classes, tokens } = this.spec.head;
    const { imageSize } = this.spec;
    const batch = Math.max(2, Math.min(32, Math.round(TOKENS_AT_ONCE / tokens)));
    this.predictor ??= predictorOf(this.engine, this.spec, this.encoder, batch);
    const program = await this.predictor;
    const named = Object.fromEntries(Object.entries(params).map(([name, tensor]) => [`param.${name}`, tensor]));
    const out = new Float32Array(rows.length * classes);
    const data = new Float32Array(batch * imageSize ** 2 * 3);
    const shape = [batch, imageSize, imageSize, 3];
    for (let at = 0; at < rows.length; at += batch) {
      await beforeBatch?.();
      const part = rows.slice(at, at + batch);
      await this.inputs.read(part, () => null, data);
      const answer = await program.run({ ...named, pixels: { dtype: 'float32', shape, data } });
      out.set((answer.probabilities!.data as Float32Array).subarray(0, part.length * classes), at * classes);
    }
    return out;
  }

  async dispose(): Promise<void> {
    await (await this.trainer)?.dispose();
    await (await this.predictor)?.dispose();
  }

  private ready(): Promise<Trainer> {
    this.trainer ??= this.engine.trainer(fullTask(this.spec, this.encoder, this.recipe));
    return this.trainer;
  }

  /** Rows that only fill the batch up weigh nothing. */
  private async batchOf(rows: readonly number[], change: (row: number) => Change | null): Promise<HostTensors> {
    const { batch, labelSmoothing } = this.recipe;
    const { classes } = this.spec.head;
    const { imageSize } = this.spec;
    const data = new Float32Array(batch * imageSize ** 2 * 3);
    await this.inputs.read(rows, change, data);
    const targets = new Float32Array(batch * classes);
    const weightShape = [batch, ...this.objective.weightShape];
    const weights = new Float32Array(weightShape.reduce((a, b) => a * b, 1));
    rows.forEach((row, i) => this.objective.put(this.inputs, row, targets, weights, i));
    smooth(targets.subarray(0, rows.length * classes), labelSmoothing, this.inputs.answers ? 2 : classes);
    return {
      pixels: { dtype: 'float32', shape: [batch, imageSize, imageSize, 3], data },
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
export function fullTask(spec: NetworkSpec, encoder: LoadedEncoder, recipe: Recipe): TrainerOptions {
  const { params, frozen } = networkStart(spec, encoder);
  const { batch, weightDecay, layerDecay } = recipe;
  const objective = objectiveOf(spec.head.kind, spec.head.classes);
  return {
    params,
    frozen,
    inputs: {
      pixels: { dtype: 'float32', shape: [batch, spec.imageSize, spec.imageSize, 3] },
      targets: { dtype: 'float32', shape: [batch, spec.head.classes] },
      weights: { dtype: 'float32', shape: [batch, ...objective.weightShape] },
    },
    loss: (trained, constants, { pixels, targets, weights }) => ({
      loss: objective.loss(networkLogits({ ...trained, ...constants }, pixels!, spec), targets!, weights!),
    }),
    optimiser: {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decay: (name, shape) => (decays(name, shape) ? weightDecay : 0),
      scale: (name) => layerScale(name, spec.encoder.layers, layerDecay),
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
function predictorOf(engine: Engine, spec: NetworkSpec, encoder: LoadedEncoder, batch: number): Promise<Program> {
  const { params, frozen } = networkStart(spec, encoder);
  const { probabilities } = objectiveOf(spec.head.kind, spec.head.classes);
  const shapes = Object.fromEntries(
    Object.entries(params).map(([name, { shape }]) => [`param.${name}`, { dtype: 'float32' as const, shape }]),
  );
  return engine.compile({
    constants: frozen,
    inputs: { ...shapes, pixels: { dtype: 'float32', shape: [batch, spec.imageSize, spec.imageSize, 3] } },
    apply: (constants, inputs) => {
      const named = Object.fromEntries(
        Object.entries(inputs).flatMap(([name, tensor]) =>
          name.startsWith('param.') ? [[name.slice('param.'.length), tensor]] : [],
        ),
      );
      return { probabilities: probabilities(networkLogits({ ...named, ...constants }, inputs.pixels!, spec)) };
    },
  });
}

const orderSeed = (seed: number, epoch: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b)) >>> 0;
