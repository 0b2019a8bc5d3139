import type { Engine } from '@main/engine';
import { fitLogistic } from './logistic';
import type { LogisticProblem, LogisticState } from './logistic';
import { probabilitiesAt } from './likelihood';
import { join, pick } from './logisticState';
import { engineProducts, hostProducts } from './products';
import type { MakeProducts, Products } from './products';
import { PartSums, standardise } from './scaling';
import type { Scaling } from './scaling';
import { spectrumOf } from './spectrum';
import type { Spectrum } from './spectrum';

/** The strengths C that inner folds choose from. */
export const STRENGTHS = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1] as const;
/** Place of the strength that stands where inner folds cannot choose. */
const MIDDLE = 3;
/** Losses of the strengths are compared at this tolerance of the fits: probabilities within some 1e-3. */
const CHOOSING_TOLERANCE = 1e-2;
/** Directions of the preconditioner. */
const RANK = 64;

export interface ProbeLabels {
  /** [n] class index; -1 where a sample takes no part. */
  readonly labels: Int16Array;
  /** [n] fold of every row, those that take no part too. */
  readonly folds: Uint8Array;
  readonly foldCount: number;
  /** [n], 1 for rows of the training split: of them alone the head that validation is scored with learns. */
  readonly isTrain: Uint8Array;
  readonly classes: number;
}

/** C of each fold, of the head on train and validation, and of the head on train alone. */
export interface Strengths {
  readonly folds: readonly number[];
  readonly all: number;
  readonly train: number;
}

/** What a fit leaves behind for the next one of the same label. */
interface Memory {
  state?: LogisticState;
  finals?: LogisticState;
  strengths?: Strengths;
  sums?: { key: string; sums: PartSums };
}

/** A linear classifier of raw features. */
export interface LinearHead {
  readonly classes: number;
  /** Each class is a question of its own: a logistic function for each instead of one softmax over all. */
  readonly independent?: boolean;
  /** [columns, d]; one column for two classes, unless they are questions. */
  readonly weights: Float32Array;
  readonly intercepts: Float32Array;
}

export interface ProbeFit {
  /** [n, C] of every row by the fold that held its group out. */
  readonly outOfFold: Float32Array;
  readonly strengths: Strengths;
  /** Of the head on train alone: [n, C]. */
  readonly byTrain: Float32Array | null;
  /** The head on train and validation, for what is new. */
  readonly head: LinearHead | null;
  readonly products: number;
}

/**
 * The probe of docs/science.md, section 3: regularised logistic regression on fixed features, all folds at once, warm from refit to refit.
 * Holds the features twice (rows and columns first).
 */
export class Probe {
  private spectrum: Promise<Spectrum> | undefined;
  private memories: Memory[] = [];
  private memory: Memory = {};

  private constructor(
    private readonly x: Float32Array,
    readonly rows: number,
    readonly features: number,
    private readonly make: MakeProducts,
    private readonly products: Products,
    private readonly scaling: Scaling,
  ) {}

  /** @param x [n, d]; becomes the probe's own and is standardised in place @param engine none: plain loops */
  static create(x: Float32Array, rows: number, features: number, engine?: Engine): Probe {
    const scaling = standardise(x, rows, features);
    const make: MakeProducts = engine ? (...matrix) => engineProducts(engine, ...matrix) : hostProducts;
    return new Probe(x, rows, features, make, make(x, rows, features), scaling);
  }

  /** Standardised features of a row, a view. [d] */
  row(index: number): Float32Array {
    return this.x.subarray(index * this.features, (index + 1) * this.features);
  }

  /**
   * @param o.choose choose the strengths anew by inner folds; the first fit always does, unless they are given
   * @param o.finals fit the heads on train and on train and validation too
   * @param o.question which of several labels this is: each keeps its own strengths and its own warm start
   */
  async fit(
    labels: ProbeLabels,
    o: { choose?: boolean; strengths?: Strengths; finals?: boolean; question?: number } = {},
  ): Promise<ProbeFit> {
    this.memory = this.memories[o.question ?? 0] ??= {};
    if (o.strengths) this.memory.strengths = o.strengths;
    else if (o.choose || this.memory.strengths?.folds.length !== labels.foldCount) await this.choose(labels);
    const strengths = this.memory.strengths!;
    const state = await this.run(
      labels,
      strengths.folds.map((strength, fold) => this.problem(labels, strength, (f) => f !== fold)),
      this.memory.state,
    );
    this.memory.state = state;
    const outOfFold = probabilitiesOf(state, labels, (i) => labels.folds[i]!);
    if (!o.finals) return { outOfFold, strengths, byTrain: null, head: null, products: state.products };

    const problems = [
      this.problem(labels, strengths.all, () => true),
      this.problem(labels, strengths.train, (_, isTrain) => isTrain),
    ];
    const finals = await this.run(labels, problems, this.memory.finals);
    this.memory.finals = finals;
    return {
      outOfFold,
      strengths,
      byTrain: probabilitiesOf(finals, labels, () => 1),
      head: this.headOf(finals, 0, problems[0]!, labels.classes),
      products: state.products + finals.products,
    };
  }

  async dispose(): Promise<void> {
    await (await this.spectrum)?.basis.dispose();
    await this.products.dispose();
  }

  private async run(
    labels: ProbeLabels,
    problems: LogisticProblem[],
    start?: LogisticState,
    tolerance?: number,
  ): Promise<LogisticState> {
    this.spectrum ??= spectrumOf(this.products, RANK, this.make);
    return fitLogistic(this.products, problems, labels.labels, labels.classes, {
      start,
      tolerance,
      spectrum: await this.spectrum,
    });
  }

  /**
   * C by mean log-loss over inner folds. For an outer fold f its inner folds are the other outer folds: the fit without f
   * and j serves f's choice on j and j's choice on f. From the strongest penalty on, each C starting where the last ended.
   */
  private async choose(labels: ProbeLabels): Promise<void> {
    const k = labels.foldCount;
    const pairs: [number, number][] = [];
    if (k > 2) for (let a = 0; a < k; a++) for (let b = a + 1; b < k; b++) pairs.push([a, b]);
    const losses = STRENGTHS.map((): Losses => ({ folds: new Float64Array(k), all: 0, train: 0 }));
    let start: LogisticState | undefined;
    const outers: LogisticState[] = [];
    for (const [s, strength] of STRENGTHS.entries()) {
      const problems = [
        ...pairs.map(([a, b]) => this.problem(labels, strength, (f) => f !== a && f !== b)),
        ...range(k).map((a) => this.problem(labels, strength, (f) => f !== a)),
        ...range(k).map((a) => this.problem(labels, strength, (f, isTrain) => isTrain && f !== a)),
      ];
      start = await this.run(labels, problems, start, CHOOSING_TOLERANCE);
      const loss = losses[s]!;
      pairs.forEach(([a, b], p) => {
        loss.folds[a]! += this.logLoss(start!, labels, p, (f) => f === b);
        loss.folds[b]! += this.logLoss(start!, labels, p, (f) => f === a);
      });
      for (const a of range(k)) {
        loss.all += this.logLoss(start, labels, pairs.length + a, (f) => f === a);
        loss.train += this.logLoss(start, labels, pairs.length + k + a, (f, isTrain) => isTrain && f === a);
      }
      outers.push(
        pick(
          start,
          range(k).map((a) => pairs.length + a),
        ),
      );
      // The loss has one valley in C: once every choice has come out of it, weaker penalties need no look.
      if (s >= (k < 3 ? MIDDLE : 1) && everyLossRises(losses[s - 1]!, loss)) break;
    }
    const best = (of: (loss: Losses) => number): number =>
      outers.reduce<number>((found, _, s) => (of(losses[s]!) < of(losses[found]!) ? s : found), 0);
    // Two folds leave no third one to fit inner heads on: both take the strength from the middle of the list.
    const chosen = range(k).map((a) => (k < 3 ? MIDDLE : best((l) => l.folds[a]!)));
    this.memory.strengths = {
      folds: chosen.map((s) => STRENGTHS[s]!),
      all: STRENGTHS[best((l) => l.all)]!,
      train: STRENGTHS[best((l) => l.train)]!,
    };
    this.memory.state = join(chosen.map((s, a) => pick(outers[s]!, [a])));
    this.memory.finals = undefined;
  }

  private problem(
    labels: ProbeLabels,
    strength: number,
    takes: (fold: number, isTrain: boolean) => boolean,
  ): LogisticProblem {
    const rows = new Uint8Array(this.rows);
    for (let i = 0; i < this.rows; i++)
      rows[i] = labels.labels[i]! >= 0 && takes(labels.folds[i]!, labels.isTrain[i] === 1) ? 1 : 0;
    const { mean, deviation } = this.partSums(labels).scaling((part) => takes(part >> 1, (part & 1) === 1));
    return { rows, strength, mean, deviation };
  }

  /** Parts are folds, by training split or not; made anew only when another set of rows takes part. */
  private partSums(labels: ProbeLabels): PartSums {
    const parts = new Int8Array(this.rows);
    for (let i = 0; i < this.rows; i++)
      parts[i] = labels.labels[i]! < 0 ? -1 : labels.folds[i]! * 2 + (labels.isTrain[i] === 1 ? 1 : 0);
    const key = Buffer.from(parts.buffer).toString('latin1');
    if (this.memory.sums?.key !== key)
      this.memory.sums = { key, sums: new PartSums(this.x, this.features, parts, 2 * labels.foldCount) };
    return this.memory.sums.sums;
  }

  private logLoss(
    state: LogisticState,
    labels: ProbeLabels,
    problem: number,
    takes: (fold: number, isTrain: boolean) => boolean,
  ): number {
    const k = state.columns;
    const m = state.intercepts.length;
    const p = new Float64Array(k);
    let sum = 0;
    for (let i = 0; i < this.rows; i++) {
      const label = labels.labels[i]!;
      if (label < 0 || !takes(labels.folds[i]!, labels.isTrain[i] === 1)) continue;
      probabilitiesAt(state.scores, i * m + problem * k, k, p, 0);
      const right = k === 1 ? (label === 1 ? p[0]! : 1 - p[0]!) : p[label]!;
      sum -= Math.log(Math.max(right, 1e-12));
    }
    return sum;
  }

  /** Takes both standardisations (all rows', the fit's) into the weights. */
  private headOf(state: LogisticState, index: number, problem: LogisticProblem, classes: number): LinearHead {
    const { features: d, scaling } = this;
    const k = state.columns;
    const m = state.intercepts.length;
    const weights = new Float32Array(k * d);
    const intercepts = new Float32Array(k);
    for (let c = 0; c < k; c++) {
      let shift = state.intercepts[index * k + c]!;
      for (let j = 0; j < d; j++) {
        const inner = state.weights[j * m + index * k + c]! / problem.deviation[j]!;
        const raw = inner / scaling.deviation[j]!;
        weights[c * d + j] = raw;
        shift -= inner * problem.mean[j]! + raw * scaling.mean[j]!;
      }
      intercepts[c] = shift;
    }
    return { classes, weights, intercepts };
  }
}

/** @param x [n, d] raw features @returns [n, C] */
export function applyLinear(head: LinearHead, x: Float32Array): Float32Array {
  const k = head.intercepts.length;
  const d = head.weights.length / k;
  const n = x.length / d;
  const out = new Float32Array(n * head.classes);
  const scores = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < k; c++) {
      let sum = head.intercepts[c]!;
      for (let j = 0; j < d; j++) sum += head.weights[c * d + j]! * x[i * d + j]!;
      scores[c] = sum;
    }
    if (head.independent) scores.forEach((s, c) => (out[i * head.classes + c] = 1 / (1 + Math.exp(-s))));
    else writeProbabilities(scores, 0, k, out, i * head.classes);
  }
  return out;
}

/** Summed log-losses at one strength. */
interface Losses {
  readonly folds: Float64Array;
  all: number;
  train: number;
}

function everyLossRises(before: Losses, after: Losses): boolean {
  return (
    after.all > before.all && after.train > before.train && after.folds.every((loss, f) => loss >= before.folds[f]!)
  );
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** One row of C probabilities from k scores. */
function writeProbabilities(scores: Float64Array, at: number, k: number, out: Float32Array, to: number): void {
  probabilitiesAt(scores, at, k, out, k === 1 ? to + 1 : to);
  if (k === 1) out[to] = 1 - out[to + 1]!;
}

/** Each row's probabilities by the fit that `fitOf` names. @returns [n, C] */
function probabilitiesOf(state: LogisticState, labels: ProbeLabels, fitOf: (row: number) => number): Float32Array {
  const k = state.columns;
  const m = state.intercepts.length;
  const n = state.scores.length / m;
  const out = new Float32Array(n * labels.classes);
  for (let i = 0; i < n; i++) writeProbabilities(state.scores, i * m + fitOf(i) * k, k, out, i * labels.classes);
  return out;
}
