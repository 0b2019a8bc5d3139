import { add, concat, matMul, neg, softplus, tensor2d, zeros } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Log-probabilities of ordered classes by continuation ratios: logit j says whether the rank goes above j, given that it got
 * to j, so that log P(k) = Σ_{j<k} log σ(f_j) + log(1 − σ(f_k)). The probabilities add up to 1 and P(rank > j) falls with j
 * whatever the logits; the cross-entropy of these is the loss of CORN (Shi, Cao, Raschka 2021) summed over its tasks.
 * @param logits [B, C-1] @returns [B, C]
 */
export function ordinalLogProbabilities(logits: Tensor): Tensor {
  const [batch, ranks] = logits.shape as [number, number];
  const goesOn = neg(softplus(neg(logits))); // log σ(f) [B, C-1]
  const stops = neg(softplus(logits)); // log(1 − σ(f)) [B, C-1]
  // Class k has gone on at every j < k.
  const before = tensor2d(
    Array.from({ length: ranks }, (_, j) => Array.from({ length: ranks + 1 }, (_k, k) => (j < k ? 1 : 0))),
  ); // [C-1, C]
  return add(matMul(goesOn, before), concat([stops, zeros([batch, 1])], 1)); // [B, C]
}
