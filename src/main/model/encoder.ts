import { add, concat, mul, ones, reshape, split, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { attend, gelu, joinHeads, layerNorm, linear, splitHeads } from './layers';
import { param } from './params';
import { interpolatePosition } from './position';
import type { EncoderConfig, Tensors } from './types';

/** What a layer is made of, under the names of its family. */
interface LayerNames {
  readonly prefix: (layer: number) => string;
  readonly cls: string;
  readonly position: string;
  readonly patch: string;
  readonly norm: string;
}
const NAMES: Record<EncoderConfig['names'], LayerNames> = {
  timm: {
    prefix: (i) => `blocks.${i}.`,
    cls: 'cls_token',
    position: 'pos_embed',
    patch: 'patch_embed.proj',
    norm: 'norm',
  },
  huggingface: {
    prefix: (i) => `encoder.layer.${i}.`,
    cls: 'embeddings.cls_token',
    position: 'embeddings.position_embeddings',
    patch: 'embeddings.patch_embeddings.projection',
    norm: 'layernorm',
  },
};

/**
 * Shapes that the config asks of a Hugging Face encoder's tensors; null where the file decides (channels, grid of positions).
 * Matrices are [out, in].
 */
export function encoderShapes(config: EncoderConfig): Record<string, (number | null)[]> {
  const { width: e, patch: p } = config;
  const names = NAMES.huggingface;
  const shapes: Record<string, (number | null)[]> = {
    [names.cls]: [1, 1, e],
    [names.position]: [1, null, e],
    [`${names.patch}.weight`]: [e, null, p, p],
    [`${names.patch}.bias`]: [e],
    [`${names.norm}.weight`]: [e],
    [`${names.norm}.bias`]: [e],
  };
  const dense = (name: string, inSize: number, outSize: number): void => {
    shapes[`${name}.weight`] = [outSize, inSize];
    shapes[`${name}.bias`] = [outSize];
  };
  for (let i = 0; i < config.layers; i++) {
    const prefix = names.prefix(i);
    for (const norm of ['norm1', 'norm2']) {
      shapes[`${prefix}${norm}.weight`] = [e];
      shapes[`${prefix}${norm}.bias`] = [e];
    }
    for (const name of ['attention.query', 'attention.key', 'attention.value', 'output.dense'])
      dense(`${prefix}attention.${name}`, e, e);
    dense(`${prefix}mlp.fc1`, e, 4 * e);
    dense(`${prefix}mlp.fc2`, 4 * e, e);
    for (const scale of ['layer_scale1', 'layer_scale2']) shapes[`${prefix}${scale}.lambda1`] = [e];
  }
  return shapes;
}

/**
 * A vision transformer (Dosovitskiy et al. 2021), pre-norm.
 * @param params under timm's or Hugging Face's names @param pixels [B, S, S, C], normalised, S a multiple of the patch
 * @returns tokens [B, 1 + (S/patch)², e] before the first layer and after each, **before** the final LayerNorm; row 0 is CLS
 */
export function encode(params: Tensors, pixels: Tensor, config: EncoderConfig): Tensor[] {
  let h = embed(params, pixels, config); // [B, N, e]
  const after = [h];
  for (let i = 0; i < config.layers; i++) {
    h = encoderLayer(params, h, i, config); // [B, N, e]
    after.push(h);
  }
  return after;
}

/** The encoder's own last LayerNorm. @param tokens [..., e] @returns [..., e] */
export function finalNorm(params: Tensors, tokens: Tensor, config: EncoderConfig): Tensor {
  const { norm } = NAMES[config.names];
  return layerNorm(tokens, param(params, `${norm}.weight`), param(params, `${norm}.bias`), config.epsilon);
}

function embed(params: Tensors, pixels: Tensor, config: EncoderConfig): Tensor {
  const names = NAMES[config.names];
  const { patch: p, width: e } = config;
  const [batch, height, across, channels] = pixels.shape as [number, number, number, number];
  if (height !== across || height % p !== 0)
    throw new Error(`expected square images whose side is a multiple of ${p}, got ${height} × ${across}`);
  const grid = height / p;
  const cells = reshape(pixels, [batch, grid, p, grid, p * channels]); // [B, g, p, g, p·C]
  const rows = reshape(transpose(cells, [0, 1, 3, 2, 4]), [batch, grid * grid, p * p * channels]); // [B, g², p·p·C]
  const kernel = transpose(param(params, `${names.patch}.weight`), [0, 2, 3, 1]); // [e, p, p, C]
  const patches = linear(rows, reshape(kernel, [e, p * p * channels]), param(params, `${names.patch}.bias`)); // [B, g², e]
  const cls = mul(param(params, names.cls), ones([batch, 1, 1])); // [B, 1, e]; tile's derivative would cut the batch apart
  return add(concat([cls, patches], 1), interpolatePosition(param(params, names.position), grid)); // [B, 1 + g², e]
}

function encoderLayer(params: Tensors, h: Tensor, layer: number, config: EncoderConfig): Tensor {
  const prefix = NAMES[config.names].prefix(layer);
  const get = (name: string): Tensor => param(params, prefix + name);
  const norm = (x: Tensor, name: string): Tensor =>
    layerNorm(x, get(`${name}.weight`), get(`${name}.bias`), config.epsilon);
  const dense = (x: Tensor, name: string): Tensor => linear(x, get(`${name}.weight`), get(`${name}.bias`));
  const hugging = config.names === 'huggingface';

  const a = norm(h, 'norm1'); // [B, N, e]
  const [q, k, v] = hugging
    ? ['query', 'key', 'value'].map((name) => dense(a, `attention.attention.${name}`))
    : split(dense(a, 'attn.qkv'), 3, 2); // [B, N, e] each
  const mixed = joinHeads(
    attend(splitHeads(q!, config.heads), splitHeads(k!, config.heads), splitHeads(v!, config.heads)),
  ); // [B, N, e]
  const attention = dense(mixed, hugging ? 'attention.output.dense' : 'attn.proj'); // [B, N, e]
  const middle = add(h, hugging ? mul(attention, get('layer_scale1.lambda1')) : attention); // [B, N, e]

  const wide = gelu(dense(norm(middle, 'norm2'), 'mlp.fc1')); // [B, N, 4e]
  const narrow = dense(wide, 'mlp.fc2'); // [B, N, e]
  return add(middle, hugging ? mul(narrow, get('layer_scale2.lambda1')) : narrow); // [B, N, e]
}
