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

/** A ViT: `timm` names have one qkv matrix, `huggingface` (DINOv2) ones have three, and layer scale where the weights hold it. */
export interface EncoderConfig {
  readonly names: 'timm' | 'huggingface';
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Side of a square patch in pixels. */
  readonly patch: number;
  readonly epsilon: number;
  /** Inner width of the feed-forward parts; 4e where it is absent. */
  readonly hidden?: number;
  /** How positions are resampled to another grid: as Hugging Face does (where it is absent), or as timm, antialiased. */
  readonly position?: PositionKernel;
}
/** Bicubic kernels of PyTorch's `interpolate`: a = -0.75, or a = -0.5, widened where the grid shrinks (`antialias=True`). */
export type PositionKernel = 'bicubic' | 'bicubic-antialias';

/** A network for volumes, trained from scratch: a 3D ViT, or a factorised ViViT, whose two transformers have `layers` each. */
export interface VolumeEncoderConfig {
  readonly kind: 'vit3d' | 'vivit';
  readonly width: number;
  readonly heads: number;
  readonly headSize: number;
  /** Inner width of the feed-forward parts. */
  readonly hidden: number;
  readonly layers: number;
  /** Side of a cubic patch in voxels. */
  readonly patch: number;
  /** Side of the cubic volume in voxels, a multiple of the patch. */
  readonly size: number;
}

/** How positions turn queries and keys (RoPE, Su et al. 2021): half of a head's numbers against the other half. */
export interface Rotary {
  /** Angle a position of each pair of numbers; twice as many numbers of a head are turned, the rest stays. */
  readonly frequencies: readonly number[];
  /** By what cosines and sines are multiplied (YaRN, longrope); 1 elsewhere. */
  readonly magnitude: number;
}

/** One transformer block of a language model: its sizes, and what tells the families apart. Biases and further norms are there where the weights hold them. */
export interface BlockConfig {
  /** L, the width of the language model. */
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Inner width of the feed-forward part. */
  readonly hidden: number;
  readonly epsilon: number;
  /** RMSNorm or LayerNorm. */
  readonly norm: 'rms' | 'layer';
  /** `pre`: h = x + A(norm x), h + F(norm h). `post`: the norm after each sum. `parallel`: x + A(norm x) + F(norm' x). */
  readonly order: 'pre' | 'post' | 'parallel';
  readonly activation: 'silu' | 'gelu' | 'gelu-tanh' | 'gelu-quick' | 'relu';
  /** The feed-forward part is W₂(act(Wg x) ⊙ W₁ x), else W₂ act(W₁ x). */
  readonly gated: boolean;
  /** By what q·k is multiplied: 1/√d almost everywhere. */
  readonly scoreScale: number;
  /** c of the soft-cap c·tanh(s/c) on scores (Gemma 2); null without one. */
  readonly softCap: number | null;
  /** RMSNorm of each head's query and key (Qwen 3, Gemma 3). */
  readonly headNorms: boolean;
  /** null: positions do not turn queries and keys. */
  readonly rotary: Rotary | null;
  /** A token sees itself and those before it only; with a window no further back than so many. */
  readonly causal: boolean;
  readonly window: number | null;
  /** Blocks that stand on this one, from the lowest. */
  readonly above: readonly BlockConfig[];
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
