import { add, concat, mean } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { param } from './params';
import type { Tensors } from './types';

/**
 * A volume as a sequence: a trainable CLS token in row 0, then its slices' tokens, each with the trainable position of its
 * place. The CLS token is added to the slices' mean: alone it would be one and the same for every volume, so that the
 * residual paths would carry nothing and cores that look at row 0 alone (`mlp`, `linear`) could learn nothing.
 * @param params `cls_token` [1, 1, e], `pos_embed` [1, S, e]
 * @param slices [B, S, e]
 * @returns [B, 1 + S, e]
 */
export function sliceSequence(params: Tensors, slices: Tensor): Tensor {
  const placed = add(slices, param(params, 'pos_embed')); // [B, S, e]
  return concat([sequenceCls(params, mean(slices, 1, true)), placed], 1); // [B, 1 + S, e]
}

/** Row 0 of `sliceSequence`, all that a core without a block reads. @param meanSlice [B, 1, e] @returns [B, 1, e] */
export function sequenceCls(params: Tensors, meanSlice: Tensor): Tensor {
  return add(meanSlice, param(params, 'cls_token'));
}
