import { reshape } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LoadedEncoder } from '@main/engine';
import { clsAndMeanPatch, encode, HEAD_EPSILON, normalise, resampledPosition } from '@main/model';
import type { EncoderConfig, HostParams, Tensors } from '@main/model';
import { tapped } from '../encoderProgram';
import { headLogits, readsOf, startOf } from '../headNetwork';
import type { HeadSpec } from '../headNetwork';
import type { Taps } from '../taps';

/** Encoder, residual mode and head in one: what a `full` run trains, and what `model.onnx` holds. */
export interface NetworkSpec {
  readonly head: HeadSpec;
  readonly taps: Taps;
  /** Its layers end at the last that is read. */
  readonly encoder: EncoderConfig;
  readonly imageSize: number;
}

const POSITION = 'embeddings.position_embeddings';

export function networkSpec(
  head: HeadSpec,
  taps: Taps,
  encoder: LoadedEncoder['config'],
  imageSize: number,
): NetworkSpec {
  const layers = taps === 'last' ? encoder.layers : Math.max(...taps);
  return { head, taps, encoder: { ...encoder, layers }, imageSize };
}

/**
 * Start values: the published encoder up to the last layer that is read, a new head. The position embedding is resampled to
 * the grid of this image size once, and trained there. The encoder's final LayerNorm is the head's where the last layer is
 * read, and is not part of the network otherwise.
 */
export function networkStart(spec: NetworkSpec, encoder: LoadedEncoder): { params: HostParams; frozen: HostParams } {
  const { layers, patch } = spec.encoder;
  const head = startOf(spec.head);
  const params: HostParams = {};
  for (const [name, tensor] of Object.entries(encoder.params)) {
    const layer = /^encoder\.layer\.(\d+)\./.exec(name)?.[1];
    if (name.startsWith('layernorm.') || (layer !== undefined && Number(layer) >= layers)) continue;
    params[name] = name === POSITION ? resampledPosition(tensor, spec.imageSize / patch) : tensor;
  }
  return { params: { ...params, ...head.params }, frozen: head.frozen };
}

/** @param pixels [B, S, S, 3], normalised @returns logits [B, C] */
export function networkLogits(params: Tensors, pixels: Tensor, spec: NetworkSpec): Tensor {
  const z = tapped(encode(params, pixels, spec.encoder), spec.taps, spec.encoder); // [B, N, E]
  if (readsOf(spec.head) !== 'pooled') return headLogits(params, z, spec.head).logits;
  const pooled = clsAndMeanPatch(normalise(z, HEAD_EPSILON)); // [B, 2E]
  return headLogits(params, reshape(pooled, [-1, 2, spec.head.width]), spec.head).logits;
}
