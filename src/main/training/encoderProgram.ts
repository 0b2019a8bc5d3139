import { concat, mul } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clsAndMeanPatch, clsRow, encode, finalNorm, HEAD_EPSILON, normalise } from '@main/model';
import type { EncoderConfig, Tensors } from '@main/model';
import type { LoadedEncoder, Engine, Program } from '@main/engine';
import type { Taps } from './taps';

/** Layers that the probe reads (docs/science.md, section 3): 4, 6, 8, 10 and 12 of 12; of another encoder those at the same shares of its depth. */
export const probeLayers = (layers: number): number[] =>
  [2, 3, 4, 5, 6].map((sixths) => Math.max(1, Math.round((sixths * layers) / 6)));

/** What one pass of the encoder gives for each image: rows of `probe` and, where asked for, of `tokens` or `cls`. */
export interface EncoderPass {
  readonly batch: number;
  /** Tokens of an image, CLS included. */
  readonly tokens: number;
  /** e of the tokens that heads learn on. */
  readonly width: number;
  readonly program: Program;
}

/**
 * The frozen encoder up to the features.
 * Outputs: `probe` [B, 5 · 2e]: each probe layer through the encoder's final LayerNorm, CLS ⊕ mean patch; `tokens`
 * [B, N, E]: the taps; `cls` [B, E]: their CLS token (slices of volumes need no more).
 */
export async function encoderPass(
  engine: Engine,
  encoder: LoadedEncoder,
  imageSize: number,
  taps: Taps,
  want: 'tokens' | 'cls' | 'probe',
): Promise<EncoderPass> {
  const { config, params } = encoder;
  const tokens = 1 + (imageSize / config.patch) ** 2;
  // About as many tokens a pass whatever the image size: enough work for the cores, not too much memory.
  const batch = Math.max(2, Math.min(32, Math.round(1200 / tokens)));
  const program = await engine.compile({
    constants: params,
    inputs: { pixels: { dtype: 'float32', shape: [batch, imageSize, imageSize, 3] } },
    apply: (constants, { pixels }): Tensors => {
      const after = encode(constants, pixels!, config); // 1 + layers × [B, N, e]
      const probe = concat(
        probeLayers(config.layers).map((layer) => clsAndMeanPatch(finalNorm(constants, after[layer]!, config))),
        1,
      ); // [B, 5 · 2e]
      if (want === 'probe') return { probe };
      if (want === 'tokens') return { probe, tokens: mul(tapped(after, taps, config), 1) };
      const z = tapped(after.map(clsRow), taps, config); // [B, E]
      return { probe, cls: mul(z, 1) };
    },
  });
  return { batch, tokens, width: tapsWidth(taps, config), program };
}

/**
 * z of the heads: layers side by side, each normalised without gain; or the last layer as it is.
 * @param after every layer's tokens, [..., e] each @returns [..., E]
 */
export function tapped(after: readonly Tensor[], taps: Taps, config: Pick<EncoderConfig, 'layers'>): Tensor {
  if (taps === 'last') return after[config.layers]!;
  const layers = taps.map((layer) => normalise(after[layer]!, HEAD_EPSILON));
  return concat(layers, layers[0]!.rank - 1);
}

export const tapsWidth = (taps: Taps, config: Pick<EncoderConfig, 'width'>): number =>
  taps === 'last' ? config.width : taps.length * config.width;
