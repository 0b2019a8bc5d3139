import { concat, split } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LoadedEncoder } from '@main/engine';
import {
  embed,
  encode,
  encodeFrom,
  encodeVolume,
  resampledPosition,
  volumeStart,
  volumeTokens,
  withoutExtra,
} from '@main/model';
import type { HostParams, Tensors, VolumeEncoderConfig } from '@main/model';
import { tapped, tapsWidth } from '../encoderProgram';
import type { Taps } from '../taps';
import { layerScale, volumeLayerScale } from './layerDecay';

/** The trained part of a network before the residual mode: what it reads, how it starts, and the tokens z that it gives. */
export interface Trunk {
  /** Shape of one sample. */
  readonly inputShape: readonly number[];
  /** [N, E] of z. */
  readonly tokenShape: readonly [number, number];
  /** Token rows of one sample that pass through its layers: what a batch costs. */
  readonly rows: number;
  /** Layers that may be skipped in training; absent where none may. */
  readonly skippable?: number;
  /** Start values of what is trained. */
  start(): HostParams;
  /** @param x [B, …inputShape] @param keep of skippable layers, as of `encode` @returns z [B, N, E], row 0 is CLS */
  tokens(params: Tensors, x: Tensor, keep?: Tensor): Tensor;
  /** What a tensor of the whole network learns at, as a share of the step's rate. */
  rate(name: string, layerDecay: number): number;
}

const POSITION = 'embeddings.position_embeddings';
const LAYER = /^encoder\.layer\.(\d+)\./;

/**
 * A whole 2D ViT on pictures [S, S, 3]: the published encoder up to the last layer that is read. The position embedding is
 * resampled to the grid of this image size once, and trained there. The encoder's final LayerNorm is the head's where the last
 * layer is read, and is not part of the network otherwise.
 */
export function imageTrunk(encoder: LoadedEncoder, taps: Taps, imageSize: number): Trunk {
  const config = { ...encoder.config, layers: lastRead(taps, encoder.config.layers) };
  const grid = imageSize / config.patch;
  const rows = 1 + grid ** 2;
  return {
    inputShape: [imageSize, imageSize, 3],
    tokenShape: [rows, tapsWidth(taps, config)],
    rows,
    start() {
      const params: HostParams = {};
      for (const [name, tensor] of Object.entries(encoder.params)) {
        const layer = LAYER.exec(name)?.[1];
        if (name.startsWith('layernorm.') || (layer !== undefined && Number(layer) >= config.layers)) continue;
        params[name] = name === POSITION ? resampledPosition(tensor, grid) : tensor;
      }
      return params;
    },
    skippable: config.layers,
    tokens: (params, pixels, keep) => tapped(encode(params, pixels, config, keep), taps, config),
    rate: (name, decay) => layerScale(name, config.layers, decay),
  };
}

/** The last blocks of a 2D ViT, on what stands before them; the rest of it stays as it is. */
export interface LastBlocks extends Trunk {
  /** What of the encoder is not trained: computes one sample's kept rows of pictures. @param pixels [B, S, S, 3] @returns [B, …inputShape] */
  below(params: Tensors, pixels: Tensor): Tensor;
  /** Layers whose tokens are kept, the last one being that on which the trained blocks stand. */
  readonly kept: readonly number[];
}

/**
 * The encoder's last blocks, trained on kept tokens: all rows [R] after the layer below them, beside those of each tapped layer
 * further down.
 * @param blocks fewer than the layers that are read
 */
export function lastBlocksTrunk(encoder: LoadedEncoder, taps: Taps, imageSize: number, blocks: number): LastBlocks {
  const config = { ...encoder.config, layers: lastRead(taps, encoder.config.layers) };
  const cut = config.layers - blocks;
  const below = taps === 'last' ? [] : taps.filter((layer) => layer < cut).sort((a, b) => a - b);
  const kept = [...below, cut];
  const extra = encoder.params['embeddings.extra_tokens']?.shape[1] ?? 0;
  const patches = (imageSize / config.patch) ** 2;
  const rows = 1 + extra + patches;
  return {
    kept,
    inputShape: [rows, kept.length * config.width],
    tokenShape: [1 + patches, tapsWidth(taps, config)],
    rows: Math.ceil((rows * blocks) / config.layers),
    start: () =>
      Object.fromEntries(
        Object.entries(encoder.params).filter(([name]) => {
          const layer = LAYER.exec(name)?.[1];
          return layer !== undefined && Number(layer) >= cut && Number(layer) < config.layers;
        }),
      ),
    below(params, pixels) {
      const after = encodeFrom(params, embed(params, pixels, config), 0, { ...config, layers: cut });
      return concat(
        kept.map((layer) => after[layer]!),
        2,
      ); // [B, R, kept · e]
    },
    tokens(params, x) {
      const parts = split(x, kept.length, 2); // [B, R, e] each
      const after: Tensor[] = [];
      kept.forEach((layer, i) => (after[layer] = withoutExtra(parts[i]!, extra)));
      encodeFrom(params, parts.at(-1)!, cut, config).forEach((h, i) => (after[cut + i] = withoutExtra(h, extra)));
      return tapped(after, taps, config);
    },
    rate: (name, decay) => layerScale(name, config.layers, decay),
  };
}

/** A 3D ViT or ViViT on volumes [S, S, S], trained from scratch. */
export function volumeTrunk(config: VolumeEncoderConfig, taps: Taps, seed: number): Trunk {
  const read = { ...config, layers: lastRead(taps, config.layers) };
  const grid = config.size / config.patch;
  return {
    inputShape: [config.size, config.size, config.size],
    tokenShape: [volumeTokens(config), tapsWidth(taps, config)],
    rows: config.kind === 'vit3d' ? volumeTokens(config) : grid * (1 + grid ** 2),
    start: () => volumeStart(read, seed),
    tokens: (params, volumes) => tapped(encodeVolume(params, volumes, read), taps, read),
    rate: (name, decay) => volumeLayerScale(name, read, decay),
  };
}

const lastRead = (taps: Taps, layers: number): number => (taps === 'last' ? layers : Math.max(...taps));
