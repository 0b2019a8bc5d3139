import { concat, reshape, slice } from '@tensorflow/tfjs-core';
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

/** All of a picture's tokens, or its CLS token alone: what a volume's sequence has of each slice. */
export type TokensRead = 'all' | 'cls';
/** @param h [B, N, e] @returns [B, N or 1, e] */
const readOf = (h: Tensor, reads: TokensRead): Tensor =>
  reads === 'all' ? h : slice(h, [0, 0, 0], [h.shape[0]!, 1, h.shape[2]!]);

const POSITION = 'embeddings.position_embeddings';
const LAYER = /^encoder\.layer\.(\d+)\./;

/**
 * A whole 2D ViT on pictures [S, S, 3]: the published encoder up to the last layer that is read. The position embedding is
 * resampled to the grid of this image size once, and trained there. The encoder's final LayerNorm is the head's where the last
 * layer is read, and is not part of the network otherwise.
 * @param reads which rows of a picture's tokens are z
 */
export function imageTrunk(encoder: LoadedEncoder, taps: Taps, imageSize: number, reads: TokensRead = 'all'): Trunk {
  const config = { ...encoder.config, layers: lastRead(taps, encoder.config.layers) };
  const grid = imageSize / config.patch;
  const rows = 1 + grid ** 2;
  return {
    inputShape: [imageSize, imageSize, 3],
    tokenShape: [reads === 'cls' ? 1 : rows, tapsWidth(taps, config)],
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
    tokens: (params, pixels, keep) =>
      tapped(
        encode(params, pixels, config, keep).map((h) => readOf(h, reads)),
        taps,
        config,
      ),
    rate: (name, decay) => layerScale(name, config.layers, decay),
  };
}

/** The last blocks of a 2D ViT, on what stands before them; the rest of it stays as it is. */
export interface LastBlocks extends Trunk {
  /** Shape of what one sample is to the whole encoder. */
  readonly pictureShape: readonly number[];
  /** Token rows of one sample that pass through the layers below. */
  readonly rowsBelow: number;
  /** What of the encoder is not trained: computes one sample's kept rows. @param pixels [B, …pictureShape] @returns [B, …inputShape] */
  below(params: Tensors, pixels: Tensor): Tensor;
  /** Layers whose tokens are kept, the last one being that on which the trained blocks stand. */
  readonly kept: readonly number[];
}

/**
 * The encoder's last blocks, trained on kept tokens: all rows [R] after the layer below them, and under these what is read of each
 * tapped layer further down.
 * @param blocks fewer than the layers that are read @param reads as of `imageTrunk`
 */
export function lastBlocksTrunk(
  encoder: LoadedEncoder,
  taps: Taps,
  imageSize: number,
  blocks: number,
  reads: TokensRead = 'all',
): LastBlocks {
  const config = { ...encoder.config, layers: lastRead(taps, encoder.config.layers) };
  const cut = config.layers - blocks;
  const below = taps === 'last' ? [] : taps.filter((layer) => layer < cut).sort((a, b) => a - b);
  const extra = encoder.params['embeddings.extra_tokens']?.shape[1] ?? 0;
  const patches = (imageSize / config.patch) ** 2;
  const rows = 1 + extra + patches;
  const readRows = reads === 'cls' ? 1 : 1 + patches;
  const read = (h: Tensor): Tensor => readOf(withoutExtra(h, extra), reads); // [B, 1 or 1 + g², e]
  return {
    kept: [...below, cut],
    pictureShape: [imageSize, imageSize, 3],
    rowsBelow: rows,
    inputShape: [rows + below.length * readRows, config.width],
    tokenShape: [readRows, tapsWidth(taps, config)],
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
      return concat([after[cut]!, ...below.map((layer) => read(after[layer]!))], 1); // [B, R + …, e]
    },
    tokens(params, x) {
      const [batch, , width] = x.shape as [number, number, number];
      const part = (from: number, count: number): Tensor => slice(x, [0, from, 0], [batch, count, width]);
      const after: Tensor[] = [];
      below.forEach((layer, i) => (after[layer] = part(rows + i * readRows, readRows)));
      encodeFrom(params, part(0, rows), cut, config).forEach((h, i) => (after[cut + i] = read(h)));
      return tapped(after, taps, config);
    },
    rate: (name, decay) => layerScale(name, config.layers, decay),
  };
}

/**
 * A 2D encoder, whole or its last blocks, on each slice of a volume: z is the sequence of the slices' CLS tokens, axis by axis
 * (docs/method.md). The head puts a CLS token of its own before it.
 * @param of slices that it reads the CLS token of @param places slices of a volume
 */
export function sliceTrunk(of: Trunk, places: number): Trunk {
  const [, width] = of.tokenShape;
  return {
    ...of,
    skippable: undefined,
    inputShape: [places, ...of.inputShape],
    tokenShape: [places, width],
    rows: places * of.rows,
    tokens: (params, x) => reshape(of.tokens(params, reshape(x, [-1, ...of.inputShape])), [-1, places, width]),
  };
}

export function lastBlocksSliceTrunk(of: LastBlocks, places: number): LastBlocks {
  return {
    ...of,
    ...sliceTrunk(of, places),
    pictureShape: [places, ...of.pictureShape],
    rowsBelow: places * of.rowsBelow,
    below: (params, x) =>
      reshape(of.below(params, reshape(x, [-1, ...of.pictureShape])), [-1, places, ...of.inputShape]),
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
