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

/** What a kind of label asks of a head: how many outputs, what they mean, and what they are trained on. Plain losses, unweighted: probabilities must mean something (docs/science.md, section 3). */
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
  /** How much a batch counts in an epoch's mean: samples, or assessed answers. */
  count(from: RowLabels, rows: readonly number[]): number;
  /** Mean loss of probabilities [rows, C] against the rows' labels. */
  lossOf(probabilities: Float32Array, from: RowLabels, rows: readonly number[]): number;
}

/** @param classes C: classes, or questions */
export function objectiveOf(kind: LabelKind, classes: number): Objective {
  return kind === 'answers' ? questions(classes) : oneClass(kind === 'ordered' && classes > 2, classes);
}

const LEAST = 1e-12;

/** Softmax and cross-entropy; of three or more ordered classes continuation ratios and their cross-entropy. */
function oneClass(ordered: boolean, classes: number): Objective {
  const outputs = ordered ? classes - 1 : classes;
  return {
    outputs,
    weightShape: [],
    bias: Float32Array.from({ length: outputs }, (_, j) => (ordered ? Math.log(classes - 1 - j) : 0)),
    loss: (logits, targets, weights) =>
      ordered
        ? crossEntropyOf(ordinalLogProbabilities(logits), targets, weights)
        : crossEntropy(logits, targets, weights),
    probabilities: (logits) => (ordered ? exp(ordinalLogProbabilities(logits)) : softmax(logits)),
    put: ({ labels }, row, targets, weights, place) => {
      targets[place * classes + labels[row]!] = 1;
      weights[place] = 1;
    },
    count: (_, rows) => rows.length,
    lossOf: (probabilities, { labels }, rows) =>
      rows.reduce((sum, row, i) => sum - Math.log(Math.max(LEAST, probabilities[i * classes + labels[row]!]!)), 0) /
      rows.length,
  };
}

/** One logistic output a question; what was not assessed weighs nothing. */
function questions(count: number): Objective {
  const codeOf = ({ answers }: RowLabels, row: number, q: number): number => answers![row * count + q]!;
  return {
    outputs: count,
    weightShape: [count],
    bias: new Float32Array(count),
    loss: binaryCrossEntropy,
    probabilities: sigmoid,
    put: (from, row, targets, weights, place) => {
      for (let q = 0; q < count; q++) {
        const code = codeOf(from, row, q);
        targets[place * count + q] = code === YES ? 1 : 0;
        weights[place * count + q] = code === YES || code === NO ? 1 : 0;
      }
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
