import type { Tensor } from '@tensorflow/tfjs-core';

/** Named tensors: parameters under their Hugging Face or timm names, or the inputs of a network function. */
export type Tensors = Record<string, Tensor>;

/** A float tensor in host memory, in row-major order. */
export interface HostFloats {
  readonly dtype: 'float32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type HostParams = Record<string, HostFloats>;

/** How the core's answer is joined to the tokens (docs/method.md). */
export const MODES = ['plain', 'none', 'inner', 'outer', 'hybrid', 'outer-nn'] as const;
export type ModeName = (typeof MODES)[number];

/** What stands between M1 and M2 (docs/method.md). */
export const CORES = ['block', 'random', 'mlp', 'linear', 'unfrozen'] as const;
export type CoreName = (typeof CORES)[number];

/** What the linear head reads: row 0, or row 0 beside the mean of the patch rows. */
export const READOUTS = ['cls', 'cls-mean'] as const;
export type Readout = (typeof READOUTS)[number];

/** A ViT: `timm` names have one qkv matrix, `huggingface` (DINOv2) ones have three and layer scale. */
export interface EncoderConfig {
  readonly names: 'timm' | 'huggingface';
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Side of a square patch in pixels. */
  readonly patch: number;
  readonly epsilon: number;
}

/** One pre-norm transformer block of a LLaMA-like language model: RMSNorm, grouped-query heads, SwiGLU. */
export interface BlockConfig {
  /** L, the width of the language model. */
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Inner width of SwiGLU. */
  readonly hidden: number;
  readonly epsilon: number;
}

/** `absorbed` computes what a CLS read-out needs and no more; `full` computes every token. Equal results. */
export type BlockForm = 'absorbed' | 'full';

/** Tokens as a core reads them; row 0 is CLS. */
export interface Rows {
  /** Row 0. [B, 1, e] */
  readonly cls: Tensor;
  /** [B, N, e] */
  all(): Tensor;
  /** All rows times a matrix, as `linear`. @param matrix [out, e] @returns [B, N, out] */
  through(matrix: Tensor): Tensor;
}
