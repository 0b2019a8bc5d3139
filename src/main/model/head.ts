import { add, concat, mean, mul, reshape, slice } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { layerNorm, linear, normalise } from './layers';
import { param } from './params';
import type { Readout, Tensors } from './types';

/** The LayerNorm between y and the linear head (timm's ViT): epsilon of timm and of DINOv2. */
export const HEAD_EPSILON = 1e-6;

/** Row 0. @param tokens [B, N, e] @returns [B, e] */
export function clsRow(tokens: Tensor): Tensor {
  const [batch, , width] = tokens.shape as [number, number, number];
  return reshape(slice(tokens, [0, 0, 0], [batch, 1, width]), [batch, width]);
}

/** CLS beside the mean of the patch tokens. @param tokens [B, N, e] @returns [B, 2e] */
export function clsAndMeanPatch(tokens: Tensor): Tensor {
  const [batch, count, width] = tokens.shape as [number, number, number];
  const patches = slice(tokens, [0, 1, 0], [batch, count - 1, width]); // [B, N-1, e]
  return concat([clsRow(tokens), mean(patches, 1)], 1);
}

/**
 * LayerNorm, read-out, linear head (docs/science.md, section 11).
 * @param params `norm.{weight,bias}` [e], `head.weight` [C, e or 2e], `head.bias` [C]
 * @param y [B, N, e]; [B, 1, e] suffices for `cls`
 * @param epsilon of the LayerNorm; null: a bare linear head on the CLS row, without one (ViViT) @returns logits [B, C]
 */
export function classify(params: Tensors, y: Tensor, readout: Readout, epsilon: number | null = HEAD_EPSILON): Tensor {
  if (epsilon === null) return linear(clsRow(y), param(params, 'head.weight'), param(params, 'head.bias')); // [B, C]
  const gain = param(params, 'norm.weight'); // [e]
  const bias = param(params, 'norm.bias'); // [e]
  const row = readout === 'cls' ? layerNorm(clsRow(y), gain, bias, epsilon) : normAndPool(y, gain, bias); // [B, e or 2e]
  return linear(row, param(params, 'head.weight'), param(params, 'head.bias')); // [B, C]
}

/** Pools first and applies gain and bias to the two pooled rows: equal to pooling LayerNorm's tokens, at 2/N of the work. */
function normAndPool(y: Tensor, gain: Tensor, bias: Tensor): Tensor {
  const [batch, , width] = y.shape as [number, number, number];
  const pooled = reshape(clsAndMeanPatch(normalise(y, HEAD_EPSILON)), [batch, 2, width]); // [B, 2, e]
  return reshape(add(mul(pooled, gain), bias), [batch, 2 * width]); // [B, 2e]
}
