import type { LogisticProblem } from './logistic';

/** Losses of a batch of fits at the present scores, with what Newton's method asks of them. Scores are [n, problems × columns]. */
export interface Likelihood {
  /** One for two classes (binomial), else one per class (multinomial). */
  readonly columns: number;
  /** Sets the scores that the methods below speak of, save `loss`. */
  update(scores: Float64Array): void;
  /** C · Σ losses. @returns [problems] */
  loss(scores: Float64Array): Float64Array;
  /** C · (p − y) of training rows, 0 elsewhere. @returns [n, m] */
  residuals(): Float32Array;
  /** C · (diag p − p pᵀ) u of training rows. @param u [n, m] @returns [n, m] */
  curvature(u: Float64Array): Float32Array;
  /** Σ over rows of C · p (1 − p). @returns [m] */
  meanCurvature(): Float64Array;
}

/** A fit may not be surer than this of a row when its curvature is taken: Newton's steps stay finite. */
const LEAST_CURVATURE = 1e-5;

export function likelihood(
  problems: readonly LogisticProblem[],
  labels: ArrayLike<number>,
  classes: number,
  n: number,
): Likelihood {
  const k = classes === 2 ? 1 : classes;
  const m = problems.length * k;
  const p = new Float64Array(n * m);
  /** Calls `visit` for every training row of every fit; `at` is the place of its first column. */
  const eachRow = (visit: (i: number, problem: number, at: number, strength: number) => void): void => {
    problems.forEach(({ rows, strength }, problem) => {
      for (let i = 0; i < n; i++) if (rows[i] === 1) visit(i, problem, i * m + problem * k, strength);
    });
  };
  return {
    columns: k,
    update(scores) {
      eachRow((_, __, at) => probabilitiesAt(scores, at, k, p, at));
    },
    loss(scores) {
      const out = new Float64Array(problems.length);
      eachRow((i, problem, at, strength) => {
        out[problem]! += strength * lossAt(scores, at, k, labels[i]!);
      });
      return out;
    },
    residuals() {
      const out = new Float32Array(n * m);
      eachRow((i, _, at, strength) => {
        if (k === 1) out[at] = strength * (p[at]! - labels[i]!);
        else for (let c = 0; c < k; c++) out[at + c] = strength * (p[at + c]! - (labels[i] === c ? 1 : 0));
      });
      return out;
    },
    curvature(u) {
      const out = new Float32Array(n * m);
      eachRow((_, __, at, strength) => {
        if (k === 1) {
          out[at] = strength * Math.max(LEAST_CURVATURE, p[at]! * (1 - p[at]!)) * u[at]!;
          return;
        }
        let mean = 0;
        for (let c = 0; c < k; c++) mean += p[at + c]! * u[at + c]!;
        for (let c = 0; c < k; c++)
          out[at + c] = strength * (p[at + c]! * (u[at + c]! - mean) + LEAST_CURVATURE * u[at + c]!);
      });
      return out;
    },
    meanCurvature() {
      const out = new Float64Array(m);
      eachRow((_, problem, at, strength) => {
        for (let c = 0; c < k; c++)
          out[problem * k + c]! += strength * (p[at + c]! * (1 - p[at + c]!) + LEAST_CURVATURE);
      });
      return out;
    },
  };
}

/** log(1 + eˢ) without overflow. */
const softplus = (s: number): number => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));

function lossAt(scores: Float64Array, at: number, k: number, label: number): number {
  if (k === 1) return softplus(scores[at]!) - label * scores[at]!;
  let max = -Infinity;
  for (let c = 0; c < k; c++) max = Math.max(max, scores[at + c]!);
  let sum = 0;
  for (let c = 0; c < k; c++) sum += Math.exp(scores[at + c]! - max);
  return max + Math.log(sum) - scores[at + label]!;
}

/**
 * Probabilities of one row: of the second class alone for one column, else of every class.
 * @param scores k numbers from `at` on @param out k numbers from `to` on
 */
export function probabilitiesAt(
  scores: ArrayLike<number>,
  at: number,
  k: number,
  out: Float64Array | Float32Array,
  to: number,
): void {
  if (k === 1) {
    out[to] = 1 / (1 + Math.exp(-scores[at]!));
    return;
  }
  let max = -Infinity;
  for (let c = 0; c < k; c++) max = Math.max(max, scores[at + c]!);
  let sum = 0;
  for (let c = 0; c < k; c++) sum += Math.exp(scores[at + c]! - max);
  for (let c = 0; c < k; c++) out[to + c] = Math.exp(scores[at + c]! - max) / sum;
}
