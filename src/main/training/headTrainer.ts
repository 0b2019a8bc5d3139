import type { Recipe } from '@shared/domain';
import { decays, randomNumbers } from '@main/model';
import type { Engine, HostTensors, Program, Trainer } from '@main/engine';
import { shuffle } from './folds';
import { headLogits, inputShape, startOf } from './headNetwork';
import type { HeadSpec } from './headNetwork';
import { objectiveOf } from './objective';
import type { Objective, RowLabels } from './objective';

/**
 * `plain` is linear in fixed features and wants larger steps than M1 and M2 beside a block. A default, not an optimum: out of
 * fold on BreastMNIST 1e-2 was a little better for it than 30 × 1e-4 (docs/method.md).
 */
const PLAIN_RATE = 30;

/** Where the heads' inputs come from. */
export interface HeadInputs extends RowLabels {
  /** Writes the inputs of these rows. @param out [rows, …inputShape] */
  read(rows: readonly number[], out: Float32Array): void;
}

export type Schedule = Pick<Recipe, 'epochs' | 'batch' | 'learningRate' | 'warmUpSteps' | 'seed' | 'weightDecay'>;

/** By what a head's loss differs from cross-entropy. */
export type LossOptions = Pick<Recipe, 'classWeights' | 'focal'>;
const PLAIN_LOSS: LossOptions = { classWeights: 'none', focal: 0 };

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Steps taken since the start. */
  readonly step: number;
  readonly trainLoss: number;
  readonly learningRate: number;
}

/** Where a training stands: enough to go on bit for bit. */
export interface Checkpoint {
  readonly epoch: number;
  readonly state: HostTensors;
}

export interface FitOptions {
  /** Rows to train on. */
  readonly rows: readonly number[];
  /** Tells folds apart: equal for all heads of a fold, so that they see the same batches in the same order. */
  readonly stream: number;
  readonly from?: Checkpoint;
  /** Instead of the schedule's. */
  readonly learningRate?: number;
  readonly signal?: AbortSignal;
  /** May hold a pause. */
  readonly beforeStep?: () => Promise<void>;
  readonly onStep?: (done: number, total: number) => void;
  /** After every epoch; `params` and `checkpoint` read the trainer's state as it is then. */
  readonly onEpoch?: (
    report: EpochReport,
    now: { checkpoint(): Promise<Checkpoint>; params(): Promise<HostTensors> },
  ) => Promise<void>;
}

/** Trains heads of one shape over and over (the run itself, then its folds): traced and compiled once. */
export class HeadTrainer {
  private trainer: Promise<{ trainer: Trainer; start: HostTensors }> | undefined;
  private predictor: Promise<Program> | undefined;
  private buffer: Float32Array | undefined;
  private readonly objective: Objective;

  constructor(
    private readonly engine: Engine,
    readonly spec: HeadSpec,
    private readonly schedule: Schedule,
    private readonly inputs: HeadInputs,
    /** Fold heads have none: their probabilities must mean something (docs/science.md, section 3). */
    private readonly loss: LossOptions = PLAIN_LOSS,
  ) {
    this.objective = objectiveOf(spec.kind, spec.classes, loss.focal);
  }

  /**
   * AdamW (decay on matrices only), linear warm-up, then a cosine to 0; every row once an epoch, in batches of nearly equal
   * size. The loss is that of the labels' kind, by `LossOptions`.
   * @returns the parameters after the last epoch, or where it was stopped
   */
  async fit(o: FitOptions): Promise<{ params: HostTensors; stopped: boolean }> {
    const { epochs, batch, seed } = this.schedule;
    const schedule = { ...this.schedule, learningRate: o.learningRate ?? this.schedule.learningRate };
    const balance = this.loss.classWeights === 'balanced' ? this.objective.balanceOf(this.inputs, o.rows) : null;
    const { trainer, start } = await this.ready();
    await trainer.restore(o.from?.state ?? start);
    const perEpoch = Math.max(1, Math.ceil(o.rows.length / batch));
    const total = epochs * perEpoch;
    const now = {
      checkpoint: async (): Promise<Checkpoint> => ({ epoch, state: await trainer.state() }),
      params: () => trainer.params(),
    };
    let epoch = o.from?.epoch ?? 0;
    while (epoch < epochs) {
      const order = shuffle([...o.rows], randomNumbers(streamSeed(seed, o.stream, epoch)));
      let lossSum = 0;
      let countSum = 0;
      let rate = 0;
      for (let b = 0; b < perEpoch; b++) {
        await o.beforeStep?.();
        if (o.signal?.aborted) return { params: await trainer.params(), stopped: true };
        const rows = order.slice(
          Math.floor((b * order.length) / perEpoch),
          Math.floor(((b + 1) * order.length) / perEpoch),
        );
        const step = epoch * perEpoch + b;
        rate = rateAt(step, total, schedule) * (this.spec.mode === 'plain' ? PLAIN_RATE : 1);
        const { loss } = await trainer.step(this.batchOf(rows, balance), rate);
        const counted = this.objective.count(this.inputs, rows);
        lossSum += loss!.data[0]! * counted;
        countSum += counted;
        o.onStep?.(step + 1, total);
      }
      epoch++;
      const report = { epoch, step: epoch * perEpoch, trainLoss: lossSum / countSum, learningRate: rate };
      await o.onEpoch?.(report, now);
    }
    return { params: await trainer.params(), stopped: false };
  }

  /** Probabilities of rows by given parameters. @returns [rows, C] */
  async predict(params: HostTensors, rows: readonly number[]): Promise<Float32Array> {
    const { classes } = this.spec;
    const out = new Float32Array(rows.length * classes);
    this.predictor ??= predictorOf(this.engine, this.spec, this.schedule.batch, params);
    const program = await this.predictor;
    const { batch } = this.schedule;
    for (let at = 0; at < rows.length; at += batch) {
      const part = rows.slice(at, at + batch);
      const answer = await program.run({ ...trainable(params, program), x: this.inputTensor(this.filled(part)) });
      out.set((answer.probabilities!.data as Float32Array).subarray(0, part.length * classes), at * classes);
    }
    return out;
  }

  /** Mean loss of probabilities against the rows' labels. */
  lossOf(probabilities: Float32Array, rows: readonly number[]): number {
    return this.objective.lossOf(probabilities, this.inputs, rows);
  }

  async dispose(): Promise<void> {
    await (await this.trainer)?.trainer.dispose();
    await (await this.predictor)?.dispose();
  }

  private ready(): Promise<{ trainer: Trainer; start: HostTensors }> {
    this.trainer ??= (async () => {
      const { params, frozen } = startOf(this.spec);
      const { batch, weightDecay } = this.schedule;
      const { classes } = this.spec;
      const trainer = await this.engine.trainer({
        params,
        frozen,
        inputs: {
          x: { dtype: 'float32', shape: [batch, ...inputShape(this.spec)] },
          targets: { dtype: 'float32', shape: [batch, classes] },
          weights: { dtype: 'float32', shape: [batch, ...this.objective.weightShape] },
        },
        loss: (trained, constants, { x, targets, weights }) => ({
          loss: this.objective.loss(headLogits({ ...trained, ...constants }, x!, this.spec).logits, targets!, weights!),
        }),
        optimiser: {
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          decay: (name, shape) => (decays(name, shape) ? weightDecay : 0),
        },
      });
      return { trainer, start: await trainer.state() };
    })();
    return this.trainer;
  }

  /** One batch; rows that fill it up weigh nothing. */
  private batchOf(rows: readonly number[], balance: Float32Array | null): HostTensors {
    const { batch } = this.schedule;
    const { classes } = this.spec;
    const x = this.filled(rows);
    const targets = new Float32Array(batch * classes);
    const weightShape = [batch, ...this.objective.weightShape];
    const weights = new Float32Array(weightShape.reduce((a, b) => a * b, 1));
    rows.forEach((row, i) => this.objective.put(this.inputs, row, targets, weights, i));
    this.objective.weigh(targets, weights, rows.length, balance);
    return {
      x: this.inputTensor(x),
      targets: { dtype: 'float32', shape: [batch, classes], data: targets },
      weights: { dtype: 'float32', shape: weightShape, data: weights },
    };
  }

  /** The inputs of at most a batch of rows, zeros behind them, in one buffer that is used again and again. */
  private filled(rows: readonly number[]): Float32Array {
    const size = inputShape(this.spec).reduce((a, b) => a * b, 1);
    this.buffer ??= new Float32Array(this.schedule.batch * size);
    this.inputs.read(rows, this.buffer);
    return this.buffer.fill(0, rows.length * size);
  }

  private inputTensor(data: Float32Array): HostTensors[string] {
    return { dtype: 'float32', shape: [this.schedule.batch, ...inputShape(this.spec)], data };
  }
}

/** Parameters are inputs of the graph, so that one session serves every epoch and fold; the frozen block is a constant. */
function predictorOf(engine: Engine, spec: HeadSpec, batch: number, params: HostTensors): Promise<Program> {
  const { frozen } = startOf(spec);
  const { probabilities } = objectiveOf(spec.kind, spec.classes);
  const shapes = Object.fromEntries(
    Object.entries(params).map(([name, { shape }]) => [`param.${name}`, { dtype: 'float32' as const, shape }]),
  );
  return engine.compile({
    constants: frozen,
    inputs: { ...shapes, x: { dtype: 'float32', shape: [batch, ...inputShape(spec)] } },
    apply: (constants, inputs) => {
      const named = Object.fromEntries(
        Object.entries(inputs).flatMap(([name, tensor]) =>
          name.startsWith('param.') ? [[name.slice('param.'.length), tensor]] : [],
        ),
      );
      return { probabilities: probabilities(headLogits({ ...named, ...constants }, inputs.x!, spec).logits) };
    },
  });
}

function trainable(params: HostTensors, program: Program): HostTensors {
  return Object.fromEntries(
    Object.entries(params)
      .map(([name, tensor]) => [`param.${name}`, tensor] as const)
      .filter(([name]) => name in program.inputs),
  );
}

/** How the learning rate goes: `leastRate` is where the cosine ends, 0 where absent. */
export interface Rates {
  readonly learningRate: number;
  readonly warmUpSteps: number;
  readonly leastRate?: number;
  readonly schedule?: Recipe['schedule'];
}

/** Linear warm-up, then half a cosine (Loshchilov & Hutter 2017), or a constant rate. @param step from 0 */
export function rateAt(step: number, total: number, s: Rates): number {
  const warmUp = Math.min(s.warmUpSteps, total);
  if (step < warmUp) return (s.learningRate * (step + 1)) / warmUp;
  if (s.schedule === 'constant') return s.learningRate;
  const least = Math.min(s.leastRate ?? 0, s.learningRate);
  const share = 0.5 * (s.learningRate - least);
  return least + share * (1 + Math.cos((Math.PI * (step - warmUp)) / Math.max(1, total - warmUp)));
}

/** A seed of its own for each epoch of each stream. */
const streamSeed = (seed: number, stream: number, epoch: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b) ^ Math.imul(epoch + 1, 0xc2b2ae35)) >>> 0;
