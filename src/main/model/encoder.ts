import { add, concat, mul, ones, reshape, slice, split, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { attend, gelu, joinHeads, layerNorm, linear, splitHeads } from './layers';
import { param } from './params';
import { interpolatePosition } from './position';
import type { EncoderConfig, Tensors } from './types';

/** What a layer is made of, under the names of its family. */
interface LayerNames {
  readonly prefix: (layer: number) => string;
  readonly cls: string;
  /** Further tokens between CLS and the patches (registers, distillation), with their positions added; [1, R, e] where there are some. */
  readonly extra: string;
  readonly position: string;
  readonly patch: string;
  readonly norm: string;
}
const NAMES: Record<EncoderConfig['names'], LayerNames> = {
  timm: {
    prefix: (i) => `blocks.${i}.`,
    cls: 'cls_token',
    extra: 'extra_tokens',
    position: 'pos_embed',
    patch: 'patch_embed.proj',
    norm: 'norm',
  },
  huggingface: {
    prefix: (i) => `encoder.layer.${i}.`,
    cls: 'embeddings.cls_token',
    extra: 'embeddings.extra_tokens',
    position: 'embeddings.position_embeddings',
    patch: 'embeddings.patch_embeddings.projection',
    norm: 'layernorm',
  },
};

/** A tensor that an encoder has: null where the file decides its size (channels, grid of positions). Matrices are [out, in]. */
export interface EncoderTensor {
  readonly shape: readonly (number | null)[];
  /** The encoder works without it. */
  readonly optional: boolean;
}

/** The tensors of an encoder under Hugging Face's names for DINOv2, which all encoders are brought to. */
export function encoderTensors(config: EncoderConfig): Record<string, EncoderTensor> {
  const { width: e, patch: p, hidden = 4 * e } = config;
  const names = NAMES.huggingface;
  const tensors: Record<string, EncoderTensor> = {};
  const need = (name: string, shape: (number | null)[], optional = false): void => {
    tensors[name] = { shape, optional };
  };
  need(names.cls, [1, 1, e]);
  need(names.extra, [1, null, e], true);
  need(names.position, [1, null, e]);
  need(`${names.patch}.weight`, [e, null, p, p]);
  need(`${names.patch}.bias`, [e], true);
  for (const end of ['weight', 'bias']) need(`${names.norm}.${end}`, [e]);
  const dense = (name: string, inSize: number, outSize: number, bias: 'bias' | 'maybe'): void => {
    need(`${name}.weight`, [outSize, inSize]);
    need(`${name}.bias`, [outSize], bias === 'maybe');
  };
  for (let i = 0; i < config.layers; i++) {
    const prefix = names.prefix(i);
    for (const norm of ['norm1', 'norm2']) for (const end of ['weight', 'bias']) need(`${prefix}${norm}.${end}`, [e]);
    for (const name of ['query', 'key', 'value']) dense(`${prefix}attention.attention.${name}`, e, e, 'maybe');
    dense(`${prefix}attention.output.dense`, e, e, 'bias');
    dense(`${prefix}mlp.fc1`, e, hidden, 'bias');
    dense(`${prefix}mlp.fc2`, hidden, e, 'bias');
    for (const scale of ['layer_scale1', 'layer_scale2']) need(`${prefix}${scale}.lambda1`, [e], true);
  }
  return tensors;
}

/**
 * A vision transformer (Dosovitskiy et al. 2021), pre-norm.
 * @param params under timm's or Hugging Face's names @param pixels [B, S, S, C], normalised, S a multiple of the patch
 * @param keep [2 · layers, B] by what each sample's two branches of a layer are multiplied (stochastic depth, Huang et al. 2016)
 * @returns tokens [B, 1 + (S/patch)², e] before the first layer and after each, **before** the final LayerNorm; row 0 is CLS
 */
export function encode(params: Tensors, pixels: Tensor, config: EncoderConfig, keep?: Tensor): Tensor[] {
  const extra = params[NAMES[config.names].extra]?.shape[1] ?? 0;
  return encodeFrom(params, embed(params, pixels, config), 0, config, keep).map((h) => withoutExtra(h, extra));
}

/** The layers from one on. @param h all rows before layer `from`, [B, N, e] @returns `h`, and all rows after each layer that follows */
export function encodeFrom(params: Tensors, h: Tensor, from: number, config: EncoderConfig, keep?: Tensor): Tensor[] {
  const after = [h];
  for (let i = from; i < config.layers; i++) after.push(encoderLayer(params, after.at(-1)!, i, config, keep));
  return after;
}

/** CLS and patches of all rows. @param h [B, 1 + R + g², e] @param extra R @returns [B, 1 + g², e] */
export function withoutExtra(h: Tensor, extra: number): Tensor {
  if (extra === 0) return h;
  const [batch, rows, width] = h.shape as [number, number, number];
  const cls = slice(h, [0, 0, 0], [batch, 1, width]); // [B, 1, e]
  return concat([cls, slice(h, [0, 1 + extra, 0], [batch, rows - 1 - extra, width])], 1);
}

/** The encoder's own last LayerNorm. @param tokens [..., e] @returns [..., e] */
export function finalNorm(params: Tensors, tokens: Tensor, config: EncoderConfig): Tensor {
  const { norm } = NAMES[config.names];
  return layerNorm(tokens, param(params, `${norm}.weight`), param(params, `${norm}.bias`), config.epsilon);
}

/** All rows before the first layer: CLS, further tokens, patches. @returns [B, 1 + R + g², e] */
export function embed(params: Tensors, pixels: Tensor, config: EncoderConfig): Tensor {
  const names = NAMES[config.names];
  const { patch: p, width: e } = config;
  const [batch, height, across, channels] = pixels.shape as [number, number, number, number];
  if (height !== across || height % p !== 0)
    throw new Error(`expected square images whose side is a multiple of ${p}, got ${height} × ${across}`);
  const grid = height / p;
  const cells = reshape(pixels, [batch, grid, p, grid, p * channels]); // [B, g, p, g, p·C]
  const rows = reshape(transpose(cells, [0, 1, 3, 2, 4]), [batch, grid * grid, p * p * channels]); // [B, g², p·p·C]
  const kernel = transpose(param(params, `${names.patch}.weight`), [0, 2, 3, 1]); // [e, p, p, C]
  const patches = linear(rows, reshape(kernel, [e, p * p * channels]), params[`${names.patch}.bias`]); // [B, g², e]
  const cls = mul(param(params, names.cls), ones([batch, 1, 1])); // [B, 1, e]; tile's derivative would cut the batch apart
  const position = interpolatePosition(param(params, names.position), grid, config.position); // [1, 1 + g², e]
  const placed = add(concat([cls, patches], 1), position); // [B, 1 + g², e]
  const extra = params[names.extra]; // [1, R, e]
  if (!extra) return placed;
  const more = mul(extra, ones([batch, 1, 1])); // [B, R, e]
  return concat([slice(placed, [0, 0, 0], [batch, 1, e]), more, slice(placed, [0, 1, 0], [batch, grid * grid, e])], 1);
}

function encoderLayer(params: Tensors, h: Tensor, layer: number, config: EncoderConfig, keep?: Tensor): Tensor {
  const prefix = NAMES[config.names].prefix(layer);
  const get = (name: string): Tensor => param(params, prefix + name);
  const norm = (x: Tensor, name: string): Tensor =>
    layerNorm(x, get(`${name}.weight`), get(`${name}.bias`), config.epsilon);
  const dense = (x: Tensor, name: string): Tensor => linear(x, get(`${name}.weight`), params[`${prefix}${name}.bias`]);
  const scaled = (x: Tensor, scale: string): Tensor => {
    const by = params[`${prefix}${scale}.lambda1`]; // [e]
    return by ? mul(x, by) : x;
  };
  const kept = (branch: Tensor, at: number): Tensor => {
    if (!keep) return branch;
    const batch = branch.shape[0]!;
    return mul(branch, reshape(slice(keep, [2 * layer + at, 0], [1, batch]), [batch, 1, 1])); // [B, N, e]
  };
  const hugging = config.names === 'huggingface';

  const a = norm(h, 'norm1'); // [B, N, e]
  const [q, k, v] = hugging
    ? ['query', 'key', 'value'].map((name) => dense(a, `attention.attention.${name}`))
    : split(dense(a, 'attn.qkv'), 3, 2); // [B, N, e] each
  const mixed = joinHeads(
    attend(splitHeads(q!, config.heads), splitHeads(k!, config.heads), splitHeads(v!, config.heads)),
  ); // [B, N, e]
  const attention = dense(mixed, hugging ? 'attention.output.dense' : 'attn.proj'); // [B, N, e]
  const middle = add(h, kept(scaled(attention, 'layer_scale1'), 0)); // [B, N, e]

  const wide = gelu(dense(norm(middle, 'norm2'), 'mlp.fc1')); // [B, N, 4e]
  const narrow = dense(wide, 'mlp.fc2'); // [B, N, e]
  return add(middle, kept(scaled(narrow, 'layer_scale2'), 1)); // [B, N, e]
}
