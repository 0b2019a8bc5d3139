import { add, matMul, mul, ones, reshape, rsqrt, softmax, sum, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clsRow } from './head';
import { attend, inverseRms, joinHeads, linear, rmsNorm, silu, splitHeads } from './layers';
import { param } from './params';
import type { BlockConfig, Rows, Tensors } from './types';

/** Names of the block's tensors among a network's parameters: Hugging Face's, after this prefix. */
export const BLOCK_PREFIX = 'block.';
export const BLOCK_TENSORS = [
  'input_layernorm.weight',
  'self_attn.q_proj.weight',
  'self_attn.k_proj.weight',
  'self_attn.v_proj.weight',
  'self_attn.o_proj.weight',
  'post_attention_layernorm.weight',
  'mlp.gate_proj.weight',
  'mlp.up_proj.weight',
  'mlp.down_proj.weight',
  'norm.weight',
] as const;
export type BlockTensor = (typeof BLOCK_TENSORS)[number];

const get = (params: Tensors, name: BlockTensor): Tensor => param(params, BLOCK_PREFIX + name);

/** Shapes that the config asks of the block's tensors; matrices are [out, in]. */
export function blockShapes(c: BlockConfig): Record<BlockTensor, number[]> {
  return {
    'input_layernorm.weight': [c.width],
    'self_attn.q_proj.weight': [c.heads * c.headSize, c.width],
    'self_attn.k_proj.weight': [c.keyValueHeads * c.headSize, c.width],
    'self_attn.v_proj.weight': [c.keyValueHeads * c.headSize, c.width],
    'self_attn.o_proj.weight': [c.width, c.heads * c.headSize],
    'post_attention_layernorm.weight': [c.width],
    'mlp.gate_proj.weight': [c.hidden, c.width],
    'mlp.up_proj.weight': [c.hidden, c.width],
    'mlp.down_proj.weight': [c.width, c.hidden],
    'norm.weight': [c.width],
  };
}

/** B(u) for every token: attention without rotary embedding and causal mask, then SwiGLU. @param u [B, N, L] @returns [B, N, L] */
export function blockOf(params: Tensors, u: Tensor, c: BlockConfig): Tensor {
  const a = rmsNorm(u, get(params, 'input_layernorm.weight'), c.epsilon); // [B, N, L]
  const q = splitHeads(linear(a, get(params, 'self_attn.q_proj.weight')), c.heads); // [B, H, N, d]
  const k = repeatHeads(splitHeads(linear(a, get(params, 'self_attn.k_proj.weight')), c.keyValueHeads), c.heads); // [B, H, N, d]
  const v = repeatHeads(splitHeads(linear(a, get(params, 'self_attn.v_proj.weight')), c.keyValueHeads), c.heads); // [B, H, N, d]
  const mixed = linear(joinHeads(attend(q, k, v)), get(params, 'self_attn.o_proj.weight')); // [B, N, L]
  return feedForward(params, add(u, mixed), c); // [B, N, L]
}

/** L(u) = norm(B(u)), the language model's final norm with its learned gain. @param u [B, N, L] @returns [B, N, L] */
export function languageBlock(params: Tensors, u: Tensor, c: BlockConfig): Tensor {
  return rmsNorm(blockOf(params, u, c), get(params, 'norm.weight'), c.epsilon);
}

export interface AbsorbedBlock {
  /** Row 0 of u = z M1. [B, L] */
  readonly u: Tensor;
  /** Row 0 of L(u). [B, L] */
  readonly core: Tensor;
  /** How the CLS row's heads look at the tokens. [B, H, N] */
  readonly attention: Tensor;
}

/**
 * Row 0 of L(z M1), exactly, without forming keys, values or other rows' outputs (docs/method.md):
 * each head's query is pushed through Wkᵀ, the attention norm's gain and (where e ≤ L) M1ᵀ once, and meets the tokens as
 * they are; the values are summed as tokens and pushed through the same matrices afterwards. The tokens' norms come from
 * the Gram matrix M1ᵀM1 where e ≤ L; where e > L, u itself is the cheaper way.
 * @param z rows [B, N, e] @param llmIn M1 as [L, e]
 */
export function languageBlockRow0(params: Tensors, z: Rows, llmIn: Tensor, c: BlockConfig): AbsorbedBlock {
  const width = z.cls.shape[2]!;
  const formU = width > c.width;
  const x = formU ? z.through(llmIn) : z.all(); // [B, N, x], x = L or e: the space in which tokens are met
  const u = formU ? clsRow(x) : linear(clsRow(z.cls), llmIn); // [B, L]
  const r = formU ? inverseRms(x, c.epsilon) : inverseRmsByGram(x, llmIn, c); // [B, N, 1]
  const intoX = (t: Tensor): Tensor => (formU ? t : matRows(t, llmIn)); // [B, H, L] → [B, H, x]
  const fromX = (t: Tensor): Tensor => (formU ? t : linear(t, llmIn)); // [B, H, x] → [B, H, L]

  const gain = get(params, 'input_layernorm.weight'); // [L]
  const q = linear(rmsNorm(u, gain, c.epsilon), get(params, 'self_attn.q_proj.weight')); // [B, H·d]
  const pushed = perHead(reshape(q, [-1, c.heads, c.headSize]), get(params, 'self_attn.k_proj.weight'), c, false); // [B, H, L]
  const t = intoX(mul(pushed, gain)); // [B, H, x]
  const rRow = transpose(r, [0, 2, 1]); // [B, 1, N]
  const scores = mul(mul(matMul(t, x, false, true), rRow), 1 / Math.sqrt(c.headSize)); // [B, H, N]
  const attention = softmax(scores); // [B, H, N]
  const summed = mul(fromX(matMul(mul(attention, rRow), x)), gain); // [B, H, L]
  const values = perHead(summed, get(params, 'self_attn.v_proj.weight'), c, true); // [B, H, d]
  const mixed = linear(reshape(values, [-1, c.heads * c.headSize]), get(params, 'self_attn.o_proj.weight')); // [B, L]
  const out = feedForward(params, add(u, mixed), c); // [B, L]
  return { u, core: rmsNorm(out, get(params, 'norm.weight'), c.epsilon), attention };
}

/** h + SwiGLU(RMSNorm(h)) (Shazeer 2020). @param h [..., L] @returns [..., L] */
function feedForward(params: Tensors, h: Tensor, c: BlockConfig): Tensor {
  const f = rmsNorm(h, get(params, 'post_attention_layernorm.weight'), c.epsilon); // [..., L]
  const gate = silu(linear(f, get(params, 'mlp.gate_proj.weight'))); // [..., hidden]
  const up = linear(f, get(params, 'mlp.up_proj.weight')); // [..., hidden]
  return add(h, linear(mul(gate, up), get(params, 'mlp.down_proj.weight'))); // [..., L]
}

/** 1 / rms(z M1) without u: ‖u‖² = z (M1ᵀM1) zᵀ. @param z [B, N, e] @param llmIn [L, e] @returns [B, N, 1] */
function inverseRmsByGram(z: Tensor, llmIn: Tensor, c: BlockConfig): Tensor {
  const gram = matMul(llmIn, llmIn, true, false); // [e, e]
  const squared = sum(mul(matRows(z, gram), z), -1, true); // [B, N, 1]
  return rsqrt(add(mul(squared, 1 / c.width), c.epsilon));
}

/** x W over the last axis. @param x [..., in] @param weight [in, out] @returns [..., out] */
function matRows(x: Tensor, weight: Tensor): Tensor {
  const [inSize, outSize] = weight.shape as [number, number];
  return reshape(matMul(reshape(x, [-1, inSize]), weight), [...x.shape.slice(0, -1), outSize]);
}

/**
 * Each head's rows through its own key-value head's matrix: H/K neighbouring heads share one.
 * @param x [B, H, d], or [B, H, L] when transposed @param weight [K·d, L] @returns [B, H, L], or [B, H, d] when transposed
 */
function perHead(x: Tensor, weight: Tensor, c: BlockConfig, transposed: boolean): Tensor {
  const batch = x.shape[0]!;
  const group = c.heads / c.keyValueHeads;
  const inSize = x.shape[2]!;
  const outSize = transposed ? c.headSize : c.width;
  const heads = reshape(weight, [c.keyValueHeads, c.headSize, c.width]); // [K, d, L]
  const rows = transpose(reshape(x, [batch, c.keyValueHeads, group * inSize]), [1, 0, 2]); // [K, B, G·in]
  const y = matMul(reshape(rows, [c.keyValueHeads, batch * group, inSize]), heads, false, transposed); // [K, B·G, out]
  const back = transpose(reshape(y, [c.keyValueHeads, batch, group * outSize]), [1, 0, 2]); // [B, K, G·out]
  return reshape(back, [batch, c.heads, outSize]); // [B, H, out]
}

/** Every key-value head serves H/K neighbouring query heads. @param x [B, K, N, d] @returns [B, H, N, d] */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [batch, own, tokens, size] = x.shape as [number, number, number, number];
  if (own === heads) return x;
  const repeated = mul(reshape(x, [batch, own, 1, tokens * size]), ones([1, 1, heads / own, 1])); // [B, K, G, N·d]
  return reshape(repeated, [batch, heads, tokens, size]);
}
