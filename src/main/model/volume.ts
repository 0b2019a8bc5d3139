import { add, concat, mul, ones, reshape, split, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clsRow } from './head';
import { filled, normal, uniformByFanIn, uniformVector } from './initial';
import { attend, gelu, joinHeads, layerNorm, linear, splitHeads } from './layers';
import { param } from './params';
import type { HostParams, Tensors, VolumeEncoderConfig } from './types';

/** PyTorch's default, which vit-pytorch takes for every LayerNorm of its volume networks. */
export const VOLUME_EPSILON = 1e-5;

/** What its transformers' tensors begin with, in order; the last one's tokens go into the core. */
const STAGES = { vit3d: ['transformer.'], vivit: ['spatial_transformer.', 'temporal_transformer.'] } as const;

/** Tokens that the core sees: CLS and every patch of a 3D ViT, CLS and every layer of patches of a ViViT. */
export function volumeTokens({ kind, size, patch }: VolumeEncoderConfig): number {
  return 1 + (size / patch) ** (kind === 'vit3d' ? 3 : 1);
}

/**
 * A 3D ViT, or a factorised ViViT (Arnab et al. 2021, "factorised encoder"), as vit-pytorch has them and the paper uses them.
 * @param params under vit-pytorch's names @param volumes [B, D, H, W] in [0, 1], cubes of side `size`
 * @returns tokens [B, N, e] before the first layer of the (temporal) transformer and after each; of a ViViT the last ones went
 * through that transformer's LayerNorm (docs/method.md); row 0 is CLS
 */
export function encodeVolume(params: Tensors, volumes: Tensor, config: VolumeEncoderConfig): Tensor[] {
  const patches = embedPatches(params, volumes, config); // [B, g, g², e]
  if (config.kind === 'vit3d') return encodeWhole(params, patches, config);
  return encodeFactorised(params, patches, config);
}

function encodeWhole(params: Tensors, patches: Tensor, config: VolumeEncoderConfig): Tensor[] {
  const [batch, layers, inLayer, width] = patches.shape as [number, number, number, number];
  const rows = withCls(param(params, 'cls_token'), reshape(patches, [batch, layers * inLayer, width])); // [B, 1 + g³, e]
  return transformer(params, 'transformer.', add(rows, param(params, 'pos_embedding')), config);
}

/** Across each layer of patches first; then the layers' CLS rows, across the volume. */
function encodeFactorised(params: Tensors, patches: Tensor, config: VolumeEncoderConfig): Tensor[] {
  const [batch, layers, inLayer, width] = patches.shape as [number, number, number, number];
  const placed = reshape(add(patches, param(params, 'pos_embedding')), [batch * layers, inLayer, width]); // [B·g, g², e]
  const spatial = withCls(param(params, 'spatial_cls_token'), placed); // [B·g, 1 + g², e]
  const [first, second] = STAGES.vivit;
  const across = finalOf(params, first, transformer(params, first, spatial, config).at(-1)!); // [B·g, 1 + g², e]
  const summary = reshape(clsRow(across), [batch, layers, width]); // [B, g, e]
  const after = transformer(params, second, withCls(param(params, 'temporal_cls_token'), summary), config); // [B, 1 + g, e]
  return [...after.slice(0, -1), finalOf(params, second, after.at(-1)!)];
}

/** Cubes of p³ voxels, each normalised, projected, and normalised. @returns [B, g, g², e]: layers along the first axis */
function embedPatches(params: Tensors, volumes: Tensor, { size, patch: p, width }: VolumeEncoderConfig): Tensor {
  const [batch, depth, height, across] = volumes.shape as [number, number, number, number];
  if (depth !== size || height !== size || across !== size)
    throw new Error(`expected volumes of ${size} × ${size} × ${size}, got ${depth} × ${height} × ${across}`);
  const g = size / p;
  const cells = reshape(volumes, [batch, g, p, g, p, g, p]); // [B, g, p, g, p, g, p]
  const cubes = reshape(transpose(cells, [0, 1, 3, 5, 2, 4, 6]), [batch * g * g * g, p ** 3]); // [B·g³, p³]
  const norm = (x: Tensor, name: string): Tensor => normed(params, `to_patch_embedding.${name}`, x);
  const { weight, bias } = dense(params, 'to_patch_embedding.2');
  const projected = norm(linear(norm(cubes, '1'), weight, bias), '3'); // [B·g³, e]
  return reshape(projected, [batch, g, g * g, width]);
}

function transformer(params: Tensors, prefix: string, x: Tensor, config: VolumeEncoderConfig): Tensor[] {
  const after = [x];
  for (let i = 0; i < config.layers; i++) after.push(layer(params, `${prefix}layers.${i}.`, after[i]!, config));
  return after;
}

function layer(params: Tensors, prefix: string, x: Tensor, { heads }: VolumeEncoderConfig): Tensor {
  const qkv = linear(normed(params, `${prefix}0.norm`, x), param(params, `${prefix}0.to_qkv.weight`)); // [B, N, 3·H·d]
  const [q, k, v] = split(qkv, 3, 2).map((part) => splitHeads(part, heads)); // [B, H, N, d] each
  const out = dense(params, `${prefix}0.to_out.0`);
  const middle = add(linear(joinHeads(attend(q!, k!, v!)), out.weight, out.bias), x); // [B, N, e]
  const [up, down] = [dense(params, `${prefix}1.net.1`), dense(params, `${prefix}1.net.4`)];
  const wide = gelu(linear(normed(params, `${prefix}1.net.0`, middle), up.weight, up.bias)); // [B, N, hidden]
  return add(linear(wide, down.weight, down.bias), middle); // [B, N, e]
}

/** @param rows [B, N, e] @returns [B, 1 + N, e] */
function withCls(cls: Tensor, rows: Tensor): Tensor {
  return concat([mul(cls, ones([rows.shape[0]!, 1, 1])), rows], 1);
}

const finalOf = (params: Tensors, prefix: string, x: Tensor): Tensor => normed(params, `${prefix}norm`, x);

function normed(params: Tensors, name: string, x: Tensor): Tensor {
  return layerNorm(x, param(params, `${name}.weight`), param(params, `${name}.bias`), VOLUME_EPSILON);
}

const dense = (params: Tensors, name: string): { weight: Tensor; bias: Tensor } => ({
  weight: param(params, `${name}.weight`),
  bias: param(params, `${name}.bias`),
});

/** Start values as PyTorch and vit-pytorch draw them: matrices and their biases U(±1/√fan-in), tokens and positions normal. */
export function volumeStart(config: VolumeEncoderConfig, seed: number): HostParams {
  const { kind, size, patch, width: e, heads, headSize, hidden, layers } = config;
  const g = size / patch;
  const params: HostParams = {};
  const draw = (name: string, shape: readonly number[]): void => void (params[name] = normal(seed, name, shape));
  const norm = (name: string, length: number): void => {
    params[`${name}.weight`] = filled([length], 1);
    params[`${name}.bias`] = filled([length], 0);
  };
  const matrix = (name: string, inSize: number, outSize: number, bias = true): void => {
    params[`${name}.weight`] = uniformByFanIn(seed, `${name}.weight`, [outSize, inSize]);
    if (bias) params[`${name}.bias`] = uniformVector(seed, `${name}.bias`, outSize, inSize);
  };
  norm('to_patch_embedding.1', patch ** 3);
  matrix('to_patch_embedding.2', patch ** 3, e);
  norm('to_patch_embedding.3', e);
  draw('pos_embedding', kind === 'vit3d' ? [1, 1 + g ** 3, e] : [1, g, g ** 2, e]);
  for (const token of kind === 'vit3d' ? ['cls_token'] : ['spatial_cls_token', 'temporal_cls_token'])
    draw(token, [1, 1, e]);
  for (const stage of STAGES[kind]) {
    for (let i = 0; i < layers; i++) {
      const at = `${stage}layers.${i}.`;
      norm(`${at}0.norm`, e);
      matrix(`${at}0.to_qkv`, e, 3 * heads * headSize, false);
      matrix(`${at}0.to_out.0`, heads * headSize, e);
      norm(`${at}1.net.0`, e);
      matrix(`${at}1.net.1`, e, hidden);
      matrix(`${at}1.net.4`, hidden, e);
    }
    if (kind === 'vivit') norm(`${stage}norm`, e);
  }
  return params;
}
