import { add, concat, mean } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { linear } from './layers';
import { param } from './params';
import type { Rows, Tensors } from './types';

/**
 * A volume as a sequence: a trainable CLS token in row 0, then its slices' tokens, each with the trainable position of its
 * place. The CLS token is added to the slices' mean: alone it would be one and the same for every volume, so that the
 * residual paths would carry nothing and cores that look at row 0 alone (`mlp`, `linear`) could learn nothing.
 * @param params `cls_token` [1, 1, e], `pos_embed` [1, S, e]
 * @param slices [B, S, e], which nothing is derived by
 * @returns rows [B, 1 + S, e]
 */
export function sliceSequence(params: Tensors, slices: Tensor): Rows {
  const position = param(params, 'pos_embed'); // [1, S, e]
  const cls = sequenceCls(params, mean(slices, 1, true)); // [B, 1, e]
  return {
    cls,
    all: () => concat([cls, add(slices, position)], 1),
    // Positions are multiplied once for the whole batch, and their derivative never takes a batch of slices' size.
    through: (matrix) => concat([linear(cls, matrix), add(linear(slices, matrix), linear(position, matrix))], 1),
  };
}

/** Row 0 of `sliceSequence`, all that a core without a block reads. @param meanSlice [B, 1, e] @returns [B, 1, e] */
export function sequenceCls(params: Tensors, meanSlice: Tensor): Tensor {
  return add(meanSlice, param(params, 'cls_token'));
}
