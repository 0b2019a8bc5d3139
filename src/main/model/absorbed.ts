import { add, matMul, mean, mul, ones, reshape, rsqrt, softmax, sub, sum, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BlockWeights, BLOCK_PREFIX, capped, finalNormOf, finishBlock } from './block';
import { clsRow } from './head';
import { inverseRms, linear } from './layers';
import type { BlockConfig, Rows, Tensors } from './types';

export interface AbsorbedBlock {
  /** Row 0 of u = z M1. [B, L] */
  readonly u: Tensor;
  /** Row 0 of L(u). [B, L] */
  readonly core: Tensor;
  /** How the CLS row's heads look at the tokens. [B, H, N] */
  readonly attention: Tensor;
}

/**
 * Whether `languageBlockRow0` is exact: one block whose keys are linear in the normalised tokens. Not with rotation, mask, norms of keys, a
 * norm behind the sum, or a soft-cap on scores that a key bias shifts.
 */
export function canAbsorb(params: Tensors, c: BlockConfig): boolean {
  const shiftedCap = c.softCap !== null && `${BLOCK_PREFIX}self_attn.k_proj.bias` in params;
  return c.above.length === 0 && c.rotary === null && !c.causal && familyAbsorbs(c) && !shiftedCap;
}

/** Whether blocks of the family have an absorbed form, as long as one stands alone, without rotation and mask. */
export const familyAbsorbs = (c: BlockConfig): boolean => !c.headNorms && c.order !== 'post';

/**
 * Row 0 of L(z M1), exactly, without forming keys, values or other rows' outputs (docs/method.md): each head's query is pushed
 * through Wkᵀ, the attention norm's gain and (where e ≤ L) M1ᵀ once, and meets the tokens as they are; the values are summed as
 * tokens and pushed through the same matrices afterwards. The tokens' norms come from the Gram matrix M1ᵀM1 where e ≤ L; where
 * e > L, u itself is the cheaper way. LayerNorm takes a token's mean off first, which is M1 with its columns' means taken off. What a
 * bias adds to all scores of a query alike, softmax does not see; what it adds to all values, every head gets once.
 * @param z rows [B, N, e] @param llmIn M1 as [L, e]
 */
export function languageBlockRow0(params: Tensors, z: Rows, llmIn: Tensor, c: BlockConfig): AbsorbedBlock {
  const w = new BlockWeights(params, 0);
  const width = z.cls.shape[2]!;
  const formU = width > c.width;
  const rowsOf = formU ? z.through(llmIn) : z.all(); // [B, N, x], x = L or e: the space in which tokens are met
  const u = formU ? clsRow(rowsOf) : linear(clsRow(z.cls), llmIn); // [B, L]
  const layer = c.norm === 'layer';
  const x = layer && formU ? sub(rowsOf, mean(rowsOf, 2, true)) : rowsOf; // [B, N, x]
  const m1 = layer && !formU ? sub(llmIn, mean(llmIn, 0, true)) : llmIn; // [L, e]
  const r = formU ? inverseRms(x, c.epsilon) : inverseRmsByGram(x, m1, c); // [B, N, 1]
  const intoX = (t: Tensor): Tensor => (formU ? t : matRows(t, m1)); // [B, H, L] → [B, H, x]
  const fromX = (t: Tensor): Tensor => (formU ? t : linear(t, m1)); // [B, H, x] → [B, H, L]

  const gain = w.find('input_layernorm', 'weight') ?? ones([c.width]); // [L]
  const q = w.linear('self_attn.q_proj', w.norm('input_layernorm', u, c)); // [B, H·d]
  const pushed = perHead(reshape(q, [-1, c.heads, c.headSize]), w.weight('self_attn.k_proj'), c, false); // [B, H, L]
  const t = intoX(mul(pushed, gain)); // [B, H, x]
  const rRow = transpose(r, [0, 2, 1]); // [B, 1, N]
  const scores = capped(mul(mul(matMul(t, x, false, true), rRow), c.scoreScale), c); // [B, H, N]
  const attention = softmax(scores); // [B, H, N]
  const summed = mul(fromX(matMul(mul(attention, rRow), x)), gain); // [B, H, L]
  const values = reshape(perHead(summed, w.weight('self_attn.v_proj'), c, true), [-1, c.heads * c.headSize]); // [B, H·d]
  const mixed = w.linear('self_attn.o_proj', withValueBias(w, values, c)); // [B, L]
  const out = finishBlock(w, u, mixed, c); // [B, L]
  return { u, core: finalNormOf(params, out, c), attention };
}

/** What the norm's bias and the values' own add to every value, and so, as weights sum to 1, to every head. @param values [B, H·d] */
function withValueBias(w: BlockWeights, values: Tensor, c: BlockConfig): Tensor {
  const shift = w.find('input_layernorm', 'bias');
  const bias = w.find('self_attn.v_proj', 'bias');
  const own = shift ? linear(reshape(shift, [1, c.width]), w.weight('self_attn.v_proj'), bias) : bias; // [1, K·d] or [K·d]
  if (!own) return values;
  const group = c.heads / c.keyValueHeads;
  const repeated = mul(reshape(own, [c.keyValueHeads, 1, c.headSize]), ones([1, group, 1])); // [K, G, d]
  return add(values, reshape(repeated, [c.heads * c.headSize]));
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
