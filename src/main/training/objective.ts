import { exp, sigmoid, softmax } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { LabelKind } from '@shared/domain';
import { binaryCrossEntropy, crossEntropy, crossEntropyOf, ordinalLogProbabilities } from '@main/model';
import { NO, YES } from './targets';

/** Labels of rows, as losses read them. */
export interface RowLabels {
  /** [n] column of the class; -1 without one. Of answers: -1 where nothing was assessed. */
  readonly labels: Int16Array;
  /** [n, Q] `ANSWER_CODES` of several answers; null for one class a sample. */
  readonly answers: Uint8Array | null;
}

/** What a kind of label asks of a head: how many outputs, what they mean, and what they are trained on. */
export interface Objective {
  /** Outputs of the linear head. */
  readonly outputs: number;
  /** Shape of one sample's weights: one number, or one an answer. */
  readonly weightShape: readonly number[];
  /** Start of the head's bias: all classes equally likely. [outputs] */
  readonly bias: Float32Array;
  /** @param logits [B, outputs] @param targets [B, C] @param weights [B, …weightShape] */
  loss(logits: Tensor, targets: Tensor, weights: Tensor): Scalar;
  /** @param logits [B, outputs] @returns [B, C]; of answers the probability of each yes */
  probabilities(logits: Tensor): Tensor;
  /** Writes one row's target [C] and weights into a batch at a place. */
  put(from: RowLabels, row: number, targets: Float32Array, weights: Float32Array, place: number): void;
  /** Weighs a batch, smoothed or not, by its classes. @param balance of `balanceOf`; null: nothing changes */
  weigh(targets: Float32Array, weights: Float32Array, places: number, balance: Float32Array | null): void;
  /** What each class weighs so that all classes weigh alike: n / (C · its count); of answers [Q, 2] no and yes. */
  balanceOf(from: RowLabels, rows: readonly number[]): Float32Array;
  /** How much a batch counts in an epoch's mean: samples, or assessed answers. */
  count(from: RowLabels, rows: readonly number[]): number;
  /** Mean loss of probabilities [rows, C] against the rows' labels. */
  lossOf(probabilities: Float32Array, from: RowLabels, rows: readonly number[]): number;
}

/**
 * Cross-entropy by default: probabilities must mean something (docs/science.md, section 3).
 * @param classes C: classes, or questions @param focal γ of the focal loss, which fold heads never have
 */
export function objectiveOf(kind: LabelKind, classes: number, focal = 0): Objective {
  return kind === 'answers' ? questions(classes, focal) : oneClass(kind === 'ordered' && classes > 2, classes, focal);
}

const LEAST = 1e-12;

/** Softmax and cross-entropy; of three or more ordered classes continuation ratios and their cross-entropy. */
function oneClass(ordered: boolean, classes: number, focal: number): Objective {
  const outputs = ordered ? classes - 1 : classes;
  return {
    outputs,
    weightShape: [],
    bias: Float32Array.from({ length: outputs }, (_, j) => (ordered ? Math.log(classes - 1 - j) : 0)),
    loss: (logits, targets, weights) =>
      ordered
        ? crossEntropyOf(ordinalLogProbabilities(logits), targets, weights, focal)
        : crossEntropy(logits, targets, weights, focal),
    probabilities: (logits) => (ordered ? exp(ordinalLogProbabilities(logits)) : softmax(logits)),
    put: ({ labels }, row, targets, weights, place) => {
      targets[place * classes + labels[row]!] = 1;
      weights[place] = 1;
    },
    // As PyTorch's `cross_entropy(weight=…)`: each term of the sum has its class's weight, the mean that of the labels.
    weigh(targets, weights, places, balance) {
      if (!balance) return;
      for (let place = 0; place < places; place++) {
        const row = targets.subarray(place * classes, (place + 1) * classes);
        const own = balance[row.reduce((best, value, c) => (value > row[best]! ? c : best), 0)]!;
        for (let c = 0; c < classes; c++) row[c]! *= balance[c]! / own;
        weights[place] = own;
      }
    },
    balanceOf({ labels }, rows) {
      const counts = new Float32Array(classes);
      for (const row of rows) counts[labels[row]!]!++;
      return counts.map((count) => (count === 0 ? 0 : rows.length / classes / count));
    },
    count: (_, rows) => rows.length,
    lossOf: (probabilities, { labels }, rows) =>
      rows.reduce((sum, row, i) => sum - Math.log(Math.max(LEAST, probabilities[i * classes + labels[row]!]!)), 0) /
      rows.length,
  };
}

/** One logistic output a question; what was not assessed weighs nothing. */
function questions(count: number, focal: number): Objective {
  const codeOf = ({ answers }: RowLabels, row: number, q: number): number => answers![row * count + q]!;
  return {
    outputs: count,
    weightShape: [count],
    bias: new Float32Array(count),
    loss: (logits, targets, weights) => binaryCrossEntropy(logits, targets, weights, focal),
    probabilities: sigmoid,
    put: (from, row, targets, weights, place) => {
      for (let q = 0; q < count; q++) {
        const code = codeOf(from, row, q);
        targets[place * count + q] = code === YES ? 1 : 0;
        weights[place * count + q] = code === YES || code === NO ? 1 : 0;
      }
    },
    weigh(targets, weights, places, balance) {
      if (balance)
        for (let i = 0; i < places * count; i++) weights[i]! *= balance[2 * (i % count) + (targets[i]! > 0.5 ? 1 : 0)]!;
    },
    balanceOf(from, rows) {
      const counts = new Float32Array(2 * count);
      for (const row of rows)
        for (let q = 0; q < count; q++) {
          const code = codeOf(from, row, q);
          if (isAssessed(code)) counts[2 * q + (code === YES ? 1 : 0)]!++;
        }
      return counts.map((own, i) => (own === 0 ? 0 : (own + counts[i ^ 1]!) / 2 / own));
    },
    count: (from, rows) => {
      let assessed = 0;
      for (const row of rows) for (let q = 0; q < count; q++) if (isAssessed(codeOf(from, row, q))) assessed++;
      return assessed;
    },
    lossOf: (probabilities, from, rows) => {
      let [sum, assessed] = [0, 0];
      rows.forEach((row, i) => {
        for (let q = 0; q < count; q++) {
          const code = codeOf(from, row, q);
          if (!isAssessed(code)) continue;
          const yes = probabilities[i * count + q]!;
          sum -= Math.log(Math.max(LEAST, code === YES ? yes : 1 - yes));
          assessed++;
        }
      });
      return sum / assessed;
    },
  };
}

const isAssessed = (code: number): boolean => code === YES || code === NO;
