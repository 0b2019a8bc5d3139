import { div, logSoftmax, mean, mul, neg, softplus, sub, sum } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * Cross-entropy against probabilities (one-hot or soft), the weighted mean over samples. Rows that only fill up the last
 * batch get weight 0 and change neither loss nor gradients.
 * @param logits [B, C] @param targets [B, C] @param weights [B], not all 0; all 1 where absent @returns scalar
 */
export function crossEntropy(logits: Tensor, targets: Tensor, weights?: Tensor): Scalar {
  return crossEntropyOf(logSoftmax(logits), targets, weights);
}

/** The same of log-probabilities. @param logProbabilities [B, C] */
export function crossEntropyOf(logProbabilities: Tensor, targets: Tensor, weights?: Tensor): Scalar {
  const each = neg(sum(mul(targets, logProbabilities), -1)); // [B]
  return weights ? div(sum(mul(each, weights)), sum(weights)) : mean(each);
}

/**
 * Binary cross-entropy of several yes/no questions, the mean over what was assessed: an answer with weight 0 (not assessed)
 * changes neither loss nor gradients.
 * @param logits [B, Q] @param targets [B, Q] of 0 and 1 @param weights [B, Q], not all 0 @returns scalar
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, weights: Tensor): Scalar {
  const each = sub(softplus(logits), mul(logits, targets)); // log(1 + e^f) − t f [B, Q]
  return div(sum(mul(each, weights)), sum(weights));
}
