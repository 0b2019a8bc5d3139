import {
  add,
  div,
  erf,
  matMul,
  mean,
  mul,
  ones,
  reshape,
  rsqrt,
  sigmoid,
  softmax,
  square,
  sub,
  tanh,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { fused } from './fused';

/** y = x Wᵀ + b over the last axis. @param x [..., in] @param weight [out, in] @param bias [out] @returns [..., out] */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [outSize, inSize] = weight.shape as [number, number];
  const rows = reshape(x, [-1, inSize]); // [rows, in]
  const y = matMul(rows, weight, false, true); // [rows, out]
  return reshape(bias ? add(y, bias) : y, [...x.shape.slice(0, -1), outSize]); // [..., out]
}

/** LayerNorm over the last axis (Ba et al. 2016), variance without Bessel's correction. */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
  const whole = fused('LayerNormalization', { x, gain, bias }, { epsilon });
  if (whole) return whole;
  const centred = sub(x, mean(x, -1, true)); // [..., e]
  const scale = rsqrt(add(mean(square(centred), -1, true), epsilon)); // [..., 1]
  return add(mul(mul(centred, scale), gain), bias); // [..., e]
}

/** LayerNorm without gain and bias: every token has mean 0 and variance 1. @param x [..., e] @returns [..., e] */
export function normalise(x: Tensor, epsilon: number): Tensor {
  const width = x.shape[x.rank - 1]!;
  return layerNorm(x, ones([width]), zeros([width]), epsilon);
}

/** 1 / sqrt(mean(x²) + ε) over the last axis. @param x [..., e] @returns [..., 1] */
export function inverseRms(x: Tensor, epsilon: number): Tensor {
  return rsqrt(add(mean(square(x), -1, true), epsilon));
}

/** RMSNorm (Zhang & Sennrich 2019). @param x [..., e] @param gain [e] @returns [..., e] */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
  return mul(mul(x, inverseRms(x, epsilon)), gain);
}

/** The exact GELU, x Φ(x), by the error function (not the tanh approximation). */
export function gelu(x: Tensor): Tensor {
  return fused('Gelu', { x }) ?? mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1));
}

/** GELU's approximation by tanh (Hendrycks & Gimpel 2016), the `gelu_new` of GPT-2. */
export function geluTanh(x: Tensor): Tensor {
  const inner = mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}

/** GELU's approximation x σ(1.702 x). */
export function geluQuick(x: Tensor): Tensor {
  return mul(x, sigmoid(mul(x, 1.702)));
}

/** x σ(x), also called Swish. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** [B, N, H·d] → [B, H, N, d] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  return transpose(reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, H, N, d] → [B, N, H·d] */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, tokens, size] = x.shape as [number, number, number, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size]);
}

/** Scaled dot-product attention without a mask. @param q,k,v [B, H, N, d] @returns [B, H, N, d] */
export function attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const scores = matMul(mul(q, 1 / Math.sqrt(q.shape[3]!)), k, false, true); // [B, H, N, N]
  return matMul(softmax(scores), v); // [B, H, N, d]
}
