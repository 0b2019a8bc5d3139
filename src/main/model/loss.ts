import { add, div, exp, log, logSoftmax, mean, mul, neg, softplus, sub, sum } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * Cross-entropy against probabilities (one-hot or soft), the weighted mean over samples. Rows that only fill up the last
 * batch get weight 0 and change neither loss nor gradients.
 * @param logits [B, C] @param targets [B, C] @param weights [B], not all 0; all 1 where absent @returns scalar
 */
export function crossEntropy(logits: Tensor, targets: Tensor, weights?: Tensor, focal = 0): Scalar {
  return crossEntropyOf(logSoftmax(logits), targets, weights, focal);
}

/** Keeps the logarithm of a probability that is 0 finite; float32 has no 1 - p between this and 6e-8. */
const TINY = 1e-12;

/**
 * The same of log-probabilities.
 * @param logProbabilities [B, C]
 * @param focal γ of the focal loss (Lin et al. 2017): each class's term times (1 - p)^γ
 */
export function crossEntropyOf(logProbabilities: Tensor, targets: Tensor, weights?: Tensor, focal = 0): Scalar {
  const terms = mul(targets, logProbabilities); // [B, C]
  const hard = (): Tensor => exp(mul(log(add(sub(1, exp(logProbabilities)), TINY)), focal)); // (1 - p)^γ [B, C]
  const each = neg(sum(focal === 0 ? terms : mul(terms, hard()), -1)); // [B]
  return weights ? div(sum(mul(each, weights)), sum(weights)) : mean(each);
}

/**
 * Binary cross-entropy of several yes/no questions, the mean over what was assessed: an answer with weight 0 (not assessed)
 * changes neither loss nor gradients.
 * @param logits [B, Q] @param targets [B, Q] of 0 and 1 @param weights [B, Q], not all 0
 * @param focal γ of the focal loss: each term times (1 - p of what is true)^γ @returns scalar
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, weights: Tensor, focal = 0): Scalar {
  const each = sub(softplus(logits), mul(logits, targets)); // log(1 + e^f) − t f [B, Q]
  // log(1 − p) of the true answer: −softplus(f) of a yes, −softplus(−f) of a no, and softplus(−f) = softplus(f) − f.
  const hard = (): Tensor => exp(mul(add(softplus(logits), mul(logits, sub(targets, 1))), -focal)); // [B, Q]
  const terms = focal === 0 ? each : mul(each, hard()); // [B, Q]
  return div(sum(mul(terms, weights)), sum(weights));
}
