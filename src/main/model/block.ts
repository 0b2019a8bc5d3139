import {
  add,
  concat,
  div,
  matMul,
  mul,
  ones,
  relu,
  reshape,
  slice,
  softmax,
  tanh,
  tensor2d,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { gelu, geluQuick, geluTanh, joinHeads, layerNorm, linear, rmsNorm, silu, splitHeads } from './layers';
import { rotate } from './rotary';
import type { BlockConfig, Tensors } from './types';

/** Names of the block's tensors among a network's parameters: after this prefix, as `blockTensors` lists them. */
export const BLOCK_PREFIX = 'block.';

/**
 * What a block's tensors are called: Hugging Face's names for LLaMA. `post_attention_layernorm` is the norm before the feed-forward
 * part (in `post` order: after it), `up_proj` the only matrix into it where it has no gate; `attention_output_norm` and
 * `mlp_output_norm` are Gemma's norms of what is added.
 */
const NORMS = ['input_layernorm', 'post_attention_layernorm'] as const;
const OUTPUT_NORMS = ['attention_output_norm', 'mlp_output_norm'] as const;
const MATRICES = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'mlp.gate_proj',
  'mlp.up_proj',
  'mlp.down_proj',
] as const;
const HEAD_NORMS = ['self_attn.q_norm', 'self_attn.k_norm'] as const;
const FINAL_NORM = 'norm';
export type BlockPart =
  (typeof NORMS | typeof OUTPUT_NORMS | typeof MATRICES | typeof HEAD_NORMS)[number] | typeof FINAL_NORM;

export interface BlockTensorShape {
  readonly shape: readonly number[];
  /** The family may do without it. */
  readonly optional: boolean;
}

/** A block as LLaMA has it: RMSNorm before each part, SwiGLU, nothing that hides or turns tokens. */
export const llamaBlock = (
  sizes: Pick<BlockConfig, 'width' | 'heads' | 'keyValueHeads' | 'headSize' | 'hidden' | 'epsilon'>,
): BlockConfig => ({
  ...sizes,
  norm: 'rms',
  order: 'pre',
  activation: 'silu',
  gated: true,
  scoreScale: sizes.headSize ** -0.5,
  softCap: null,
  headNorms: false,
  rotary: null,
  causal: false,
  window: null,
  above: [],
});

/** Before the names of a stack's second, third … block; the first has none, and the final norm belongs to all. */
const layerPrefix = (layer: number): string => (layer === 0 ? '' : `layers.${layer}.`);

/** The tensors that a block (with those that stand on it) and the final norm are made of, by name; matrices are [out, in]. */
export function blockTensors(c: BlockConfig): Record<string, BlockTensorShape> {
  const all: Record<string, BlockTensorShape> = {};
  [c, ...c.above].forEach((config, layer) => {
    for (const [name, entry] of Object.entries(layerTensors(config))) all[layerPrefix(layer) + name] = entry;
  });
  all[`${FINAL_NORM}.weight`] = { shape: [c.width], optional: true };
  if (c.norm === 'layer') all[`${FINAL_NORM}.bias`] = { shape: [c.width], optional: true };
  return all;
}

function layerTensors(c: BlockConfig): Record<string, BlockTensorShape> {
  const queries = c.heads * c.headSize;
  const keys = c.keyValueHeads * c.headSize;
  const sizes: Record<(typeof MATRICES)[number], [number, number]> = {
    'self_attn.q_proj': [queries, c.width],
    'self_attn.k_proj': [keys, c.width],
    'self_attn.v_proj': [keys, c.width],
    'self_attn.o_proj': [c.width, queries],
    'mlp.gate_proj': [c.hidden, c.width],
    'mlp.up_proj': [c.hidden, c.width],
    'mlp.down_proj': [c.width, c.hidden],
  };
  const out: Record<string, BlockTensorShape> = {};
  for (const name of MATRICES) {
    if (name === 'mlp.gate_proj' && !c.gated) continue;
    out[`${name}.weight`] = { shape: sizes[name], optional: false };
    out[`${name}.bias`] = { shape: [sizes[name][0]], optional: true };
  }
  const layer = c.norm === 'layer';
  for (const name of NORMS) {
    out[`${name}.weight`] = { shape: [c.width], optional: layer };
    if (layer) out[`${name}.bias`] = { shape: [c.width], optional: true };
  }
  if (!layer) for (const name of OUTPUT_NORMS) out[`${name}.weight`] = { shape: [c.width], optional: true };
  if (c.headNorms) for (const name of HEAD_NORMS) out[`${name}.weight`] = { shape: [c.headSize], optional: false };
  return out;
}

/** The tensors of one block of a stack. */
export class BlockWeights {
  constructor(
    private readonly params: Tensors,
    private readonly layer: number,
  ) {}

  find(part: BlockPart, kind: 'weight' | 'bias'): Tensor | undefined {
    const prefix = part === FINAL_NORM ? '' : layerPrefix(this.layer);
    return this.params[`${BLOCK_PREFIX}${prefix}${part}.${kind}`];
  }

  weight(part: BlockPart): Tensor {
    const found = this.find(part, 'weight');
    if (!found) throw new Error(`the weights of the block hold no ${part}.weight`);
    return found;
  }

  /** x W + b. @param x [..., in] @returns [..., out] */
  linear(part: BlockPart, x: Tensor): Tensor {
    return linear(x, this.weight(part), this.find(part, 'bias'));
  }

  /** RMSNorm or LayerNorm, as the family has it. @param x [..., L] @returns [..., L] */
  norm(part: BlockPart, x: Tensor, c: BlockConfig): Tensor {
    if (c.norm === 'rms') return rmsNorm(x, this.weight(part), c.epsilon);
    const [gain, bias] = [this.find(part, 'weight'), this.find(part, 'bias')];
    return layerNorm(x, gain ?? ones([c.width]), bias ?? zeros([c.width]), c.epsilon);
  }

  /** A norm that only some families have: without weights nothing. */
  normIfAny(part: BlockPart, x: Tensor, c: BlockConfig): Tensor {
    return this.find(part, 'weight') ? this.norm(part, x, c) : x;
  }
}

/** B(u) for every token, and for a stack the blocks on it. @param u [B, N, L] @returns [B, N, L] */
export function blockOf(params: Tensors, u: Tensor, c: BlockConfig): Tensor {
  return [c, ...c.above].reduce((h, config, layer) => oneBlock(new BlockWeights(params, layer), h, config), u);
}

/** L(u) = norm(B(u)), the language model's final norm with its learned gain. @param u [B, N, L] @returns [B, N, L] */
export function languageBlock(params: Tensors, u: Tensor, c: BlockConfig): Tensor {
  return finalNormOf(params, blockOf(params, u, c), c);
}

/** The language model's final norm; where it has none (OPT-350m) nothing. @param h [..., L] @returns [..., L] */
export function finalNormOf(params: Tensors, h: Tensor, c: BlockConfig): Tensor {
  return new BlockWeights(params, 0).normIfAny(FINAL_NORM, h, c);
}

function oneBlock(w: BlockWeights, u: Tensor, c: BlockConfig): Tensor {
  const a = c.order === 'post' ? u : w.norm('input_layernorm', u, c); // [B, N, L]
  return finishBlock(w, u, attention(w, a, c), c);
}

/** All that follows attention, each row for itself. @param u,mixed [..., L] @returns [..., L] */
export function finishBlock(w: BlockWeights, u: Tensor, mixed: Tensor, c: BlockConfig): Tensor {
  switch (c.order) {
    case 'pre': {
      const h = add(u, w.normIfAny('attention_output_norm', mixed, c)); // [..., L]
      const f = feedForward(w, w.norm('post_attention_layernorm', h, c), c); // [..., L]
      return add(h, w.normIfAny('mlp_output_norm', f, c));
    }
    case 'post': {
      const h = w.norm('input_layernorm', add(u, mixed), c); // [..., L]
      return w.norm('post_attention_layernorm', add(h, feedForward(w, h, c)), c);
    }
    case 'parallel':
      return add(add(u, mixed), feedForward(w, w.norm('post_attention_layernorm', u, c), c));
  }
}

/** Attention of all tokens to all (or those before). @param a [B, N, L] @returns [B, N, L] */
function attention(w: BlockWeights, a: Tensor, c: BlockConfig): Tensor {
  const turned = (part: 'q' | 'k'): Tensor => {
    const heads = splitHeads(w.linear(`self_attn.${part}_proj`, a), part === 'q' ? c.heads : c.keyValueHeads); // [B, H, N, d]
    const normed = c.headNorms ? rmsNorm(heads, w.weight(`self_attn.${part}_norm`), c.epsilon) : heads;
    return c.rotary ? rotate(normed, c.rotary) : normed;
  };
  const q = turned('q'); // [B, H, N, d]
  const k = repeatHeads(turned('k'), c.heads); // [B, H, N, d]
  const v = repeatHeads(splitHeads(w.linear('self_attn.v_proj', a), c.keyValueHeads), c.heads); // [B, H, N, d]
  const scores = capped(matMul(mul(q, c.scoreScale), k, false, true), c); // [B, H, N, N]
  const tokens = a.shape[1]!;
  const seen = c.causal ? add(scores, causalMask(tokens, c.window)) : scores;
  return w.linear('self_attn.o_proj', joinHeads(matMul(softmax(seen), v)));
}

/** c·tanh(s/c) where the family caps its scores. */
export function capped(scores: Tensor, { softCap }: BlockConfig): Tensor {
  return softCap === null ? scores : mul(tanh(div(scores, softCap)), softCap);
}

/** Added to scores: 0 where row i may look at column j ≤ i (and within the window), else so low that softmax gives 0. @returns [N, N] */
function causalMask(tokens: number, window: number | null): Tensor {
  const far = window ?? tokens;
  return tensor2d(
    Float32Array.from({ length: tokens * tokens }, (_, at) => {
      const [i, j] = [Math.floor(at / tokens), at % tokens];
      return j <= i && i - j < far ? 0 : -1e30;
    }),
    [tokens, tokens],
  );
}

/** The feed-forward part: SwiGLU and its kin (Shazeer 2020), or two matrices. @param x [..., L] @returns [..., L] */
function feedForward(w: BlockWeights, x: Tensor, c: BlockConfig): Tensor {
  const up = w.linear('mlp.up_proj', x); // [..., hidden]
  const inner = c.gated ? mul(activated(w.linear('mlp.gate_proj', x), c), up) : activated(up, c); // [..., hidden]
  return w.linear('mlp.down_proj', inner);
}

function activated(x: Tensor, { activation }: BlockConfig): Tensor {
  switch (activation) {
    case 'silu':
      return silu(x);
    case 'gelu':
      return gelu(x);
    case 'gelu-tanh':
      return geluTanh(x);
    case 'gelu-quick':
      return geluQuick(x);
    case 'relu':
      return relu(x);
  }
}

/** Every key-value head serves H/K neighbouring query heads. @param x [B, K, N, d] @returns [B, H, N, d] */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [batch, own, tokens, size] = x.shape as [number, number, number, number];
  if (own === heads) return x;
  const repeated = mul(reshape(x, [batch, own, 1, tokens * size]), ones([1, 1, heads / own, 1])); // [B, K, G, N·d]
  return reshape(repeated, [batch, heads, tokens, size]);
}

/** Row 0 as the last: a token of a causal block sees only what stands before it, and CLS has to see all. @param x [B, N, L] @returns [B, N, L] */
export const clsLast = (x: Tensor): Tensor => moved(x, 1);
/** The last row as row 0 again. @param x [B, N, L] @returns [B, N, L] */
export const clsFirst = (x: Tensor): Tensor => moved(x, x.shape[1]! - 1);

/** Rows from `first` on, then those before. */
function moved(x: Tensor, first: number): Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  if (tokens === 1) return x;
  return concat(
    [slice(x, [0, first, 0], [batch, tokens - first, width]), slice(x, [0, 0, 0], [batch, first, width])],
    1,
  );
}
