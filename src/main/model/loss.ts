import { div, logSoftmax, mean, mul, neg, sum } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * Cross-entropy against probabilities (one-hot or soft), the weighted mean over samples. Rows that only fill up the last
 * batch get weight 0 and change neither loss nor gradients.
 * @param logits [B, C] @param targets [B, C] @param weights [B], not all 0; all 1 where absent @returns scalar
 */
export function crossEntropy(logits: Tensor, targets: Tensor, weights?: Tensor): Scalar {
  const each = neg(sum(mul(targets, logSoftmax(logits)), -1)); // [B]
  return weights ? div(sum(mul(each, weights)), sum(weights)) : mean(each);
}
