import {
  blockTensors,
  classify,
  crossEntropy,
  decays,
  encode,
  filled,
  llamaBlock,
  normalNumbers,
  prefixBlock,
  randomNumbers,
  residual,
  truncatedNormal,
} from '@main/model';
import type {
  BlockConfig,
  BlockForm,
  EncoderConfig,
  HostFloats,
  HostParams,
  ResidualConfig,
  Tensors,
} from '@main/model';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LoadedBlock } from '../blocks';
import type { HostTensors, TrainerOptions } from '../types';

/** The networks that are timed, those of docs/figures.md. */
export interface BenchModel {
  readonly encoder: EncoderConfig;
  readonly side: number;
  readonly channels: number;
}
export const BENCH_MODELS = {
  'vit-192x6': {
    encoder: { names: 'timm', width: 192, heads: 3, layers: 6, patch: 4, epsilon: 1e-6 },
    side: 28,
    channels: 1,
  },
  'vit-s16-224': {
    encoder: { names: 'timm', width: 384, heads: 6, layers: 12, patch: 16, epsilon: 1e-6 },
    side: 224,
    channels: 3,
  },
} as const satisfies Record<string, BenchModel>;
export type BenchModelName = keyof typeof BENCH_MODELS;

/** Sizes of blocks: SmolLM2-135M's, LLaMA-7B's. */
const BLOCK_SIZES = {
  '576': { width: 576, heads: 9, keyValueHeads: 3, headSize: 64, hidden: 1536 },
  '7b': { width: 4096, heads: 32, keyValueHeads: 32, headSize: 128, hidden: 11008 },
} as const;
export type BenchBlockSize = keyof typeof BLOCK_SIZES;

const CLASSES = 2;
const FINAL_NORM = 'norm.weight';

/** How the tokens go through the block; `none`: the same ViT without one. */
export type StepForm = BlockForm | 'none';

export const tokensOf = ({ side, encoder }: BenchModel): number => (side / encoder.patch) ** 2 + 1;

export const benchBlockConfig = (size: BenchBlockSize): BlockConfig =>
  llamaBlock({ ...BLOCK_SIZES[size], epsilon: 1e-5 });

/** A block of a published size with random weights: time and memory do not depend on their values. */
export function benchBlock(size: BenchBlockSize): LoadedBlock {
  const config = benchBlockConfig(size);
  const uniform = randomNumbers(1);
  const params: HostParams = {};
  for (const [name, { shape, optional }] of Object.entries(blockTensors(config))) {
    if (optional && name !== FINAL_NORM) continue;
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    // Uniform with the deviation 1/√in, without the price of normal numbers: 200 million are drawn for a 7B block.
    const reach = shape.length === 1 ? 0 : Math.sqrt(3 / shape[1]!);
    for (let i = 0; i < data.length; i++) data[i] = shape.length === 1 ? 1 : reach * (2 * uniform() - 1);
    params[name] = { dtype: 'float32', shape, data };
  }
  return { config, params, layers: [0] };
}

/** The step that is timed and one batch of noise for it. */
export function benchTask(
  form: StepForm,
  block: LoadedBlock | null,
  batch: number,
  model: BenchModel = BENCH_MODELS['vit-192x6'],
): { task: TrainerOptions; feeds: HostTensors } {
  const images = noise([batch, model.side, model.side, model.channels]);
  const targets = filled([batch, CLASSES], 0);
  for (let i = 0; i < batch; i++) targets.data[i * CLASSES + (i % CLASSES)] = 1;
  const logits = benchNetwork(form, block, model);
  const task: TrainerOptions = {
    params: startValues(model, form === 'none' ? null : block!.config.width),
    frozen: form === 'none' ? {} : prefixBlock(block!.params),
    inputs: {
      images: { dtype: 'float32', shape: images.shape },
      targets: { dtype: 'float32', shape: targets.shape },
    },
    loss: (params, frozen, inputs) => ({
      loss: crossEntropy(logits({ ...params, ...frozen }, inputs.images!), inputs.targets!),
    }),
    optimiser: {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decay: (name, shape) => (decays(name, shape) ? 0.05 : 0),
    },
  };
  return { task, feeds: { images, targets } };
}

/** Logits of a batch. [B, side, side, c] → [B, classes] */
export function benchNetwork(
  form: StepForm,
  block: Pick<LoadedBlock, 'config'> | null,
  model: BenchModel,
): (params: Tensors, images: Tensor) => Tensor {
  const config: ResidualConfig =
    form === 'none'
      ? { mode: 'plain', core: 'linear', rows: 'cls', form: 'full' }
      : { mode: 'outer', core: 'block', block: block!.config, rows: 'cls', form };
  return (params, images) => {
    const z = encode(params, images, model.encoder).at(-1)!; // [B, N, e]
    const { y } = residual(params, z, config); // [B, 1, e]
    return classify(params, y, 'cls'); // [B, classes]
  };
}

function noise(shape: readonly number[]): HostFloats {
  const normal = normalNumbers(randomNumbers(1));
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal);
  return { dtype: 'float32', shape, data };
}

/** The ViT's start values under timm's names, and M1, M2 where a block of width `blockWidth` is there. */
export function startValues(model: BenchModel, blockWidth: number | null): HostParams {
  const { width: e, layers, patch } = model.encoder;
  const params: HostParams = {};
  const draw = (name: string, ...shape: number[]): void => {
    params[name] = truncatedNormal(1, name, shape);
  };
  const norm = (name: string): void => {
    params[`${name}.weight`] = filled([e], 1);
    params[`${name}.bias`] = filled([e], 0);
  };
  const dense = (name: string, inSize: number, outSize: number): void => {
    draw(`${name}.weight`, outSize, inSize);
    params[`${name}.bias`] = filled([outSize], 0);
  };
  draw('cls_token', 1, 1, e);
  draw('pos_embed', 1, tokensOf(model), e);
  draw('patch_embed.proj.weight', e, model.channels, patch, patch);
  params['patch_embed.proj.bias'] = filled([e], 0);
  for (let i = 0; i < layers; i++) {
    norm(`blocks.${i}.norm1`);
    dense(`blocks.${i}.attn.qkv`, e, 3 * e);
    dense(`blocks.${i}.attn.proj`, e, e);
    norm(`blocks.${i}.norm2`);
    dense(`blocks.${i}.mlp.fc1`, e, 4 * e);
    dense(`blocks.${i}.mlp.fc2`, 4 * e, e);
  }
  norm('norm');
  dense('head', e, CLASSES);
  if (blockWidth !== null) {
    draw('llm_in.weight', blockWidth, e);
    draw('llm_out.weight', e, blockWidth);
  }
  return params;
}
