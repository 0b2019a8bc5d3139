import { reshape } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clsAndMeanPatch, HEAD_EPSILON, normalise } from '@main/model';
import type { HostParams, Tensors } from '@main/model';
import { headLogits, readsOf, sequenceReads, startOf } from '../headNetwork';
import type { HeadSpec } from '../headNetwork';
import type { Trunk } from './trunk';

/** Encoder, residual mode and head in one: what a `full` run trains, and what `model.onnx` holds. */
export interface NetworkSpec {
  readonly head: HeadSpec;
  readonly trunk: Trunk;
}

/** Start values: the encoder's and a new head's. */
export function networkStart({ head, trunk }: NetworkSpec): { params: HostParams; frozen: HostParams } {
  const { params, frozen } = startOf(head);
  return { params: { ...trunk.start(), ...params }, frozen };
}

/** @param x [B, …inputShape] as the trunk reads it @param keep as of `encode` @returns logits [B, C] */
export function networkLogits(params: Tensors, x: Tensor, { head, trunk }: NetworkSpec, keep?: Tensor): Tensor {
  const z = trunk.tokens(params, x, keep); // [B, N, E]
  if (head.volumes) return headLogits(params, sequenceReads(z, head), head).logits;
  if (readsOf(head) !== 'pooled') return headLogits(params, z, head).logits;
  const pooled = clsAndMeanPatch(normalise(z, HEAD_EPSILON)); // [B, 2E]
  return headLogits(params, reshape(pooled, [-1, 2, head.width]), head).logits;
}
