import { grads, sum } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { attend, normalNumbers, prefixBlock, randomNumbers, residual } from '@main/model';
import type { HostFloats } from '@main/model';
import type { Engine, HostTensors } from '../types';
import { benchBlock } from './network';

/** Width of the tokens (ViT-S) and its heads. */
const WIDTH = 384;
const HEADS = 6;
const DRAWN_AT_MOST = 7;
const TIME_ENOUGH_MS = 1500;

/** Forward and backward of one piece, medians in milliseconds. */
export interface GrowthPoint {
  readonly images: number;
  readonly tokens: number;
  /** The absorbed block with M1 and M2. */
  readonly blockMs: number;
  /** The attention of one layer of the encoder: softmax(q kᵀ) v over its heads. */
  readonly attentionMs: number;
}

/**
 * Times the absorbed block beside the attention of one encoder layer, forward and backward, on tokens alone: what each costs
 * when images or tokens grow.
 */
export async function measureGrowth(engine: Engine, images: number, tokens: number): Promise<GrowthPoint> {
  const blockMs = await medianOf(engine, blockTask(images, tokens));
  const attentionMs = await medianOf(engine, attentionTask(images, tokens));
  return { images, tokens, blockMs, attentionMs };
}

interface Piece {
  readonly constants: HostTensors;
  readonly feeds: Record<string, HostFloats>;
  /** A scalar of the fed tensors; its derivatives by all of them are computed. */
  readonly loss: (constants: Record<string, Tensor>, inputs: Record<string, Tensor>) => Tensor;
}

function blockTask(images: number, tokens: number): Piece {
  const block = benchBlock('576');
  const { width } = block.config;
  return {
    constants: prefixBlock(block.params),
    feeds: {
      z: noise([images, tokens, WIDTH], 1),
      'llm_in.weight': noise([width, WIDTH], 0.02),
      'llm_out.weight': noise([WIDTH, width], 0.02),
    },
    loss: (constants, { z, ...params }) =>
      sum(
        residual({ ...constants, ...params }, z!, {
          mode: 'outer',
          core: 'block',
          block: block.config,
          rows: 'cls',
          form: 'absorbed',
        }).y,
      ),
  };
}

function attentionTask(images: number, tokens: number): Piece {
  const shape = [images, HEADS, tokens, WIDTH / HEADS];
  return {
    constants: {},
    feeds: { q: noise(shape, 1), k: noise(shape, 1), v: noise(shape, 1) },
    loss: (_, { q, k, v }) => sum(attend(q!, k!, v!)),
  };
}

async function medianOf(engine: Engine, { constants, feeds, loss }: Piece): Promise<number> {
  const names = Object.keys(feeds);
  const program = await engine.compile({
    constants,
    inputs: Object.fromEntries(names.map((name) => [name, { dtype: 'float32', shape: feeds[name]!.shape }])),
    apply: (fixed, inputs) => {
      const of = (...values: Tensor[]): Tensor =>
        loss(fixed, Object.fromEntries(names.map((name, i) => [name, values[i]!])));
      const derivatives = grads(of)(names.map((name) => inputs[name]!));
      // A sum of each, so that what is written out costs nothing.
      return Object.fromEntries(derivatives.map((derivative, i) => [`d${i}`, sum(derivative)]));
    },
  });
  try {
    const times: number[] = [];
    await program.run(feeds);
    const begun = performance.now();
    while (times.length < 3 || (times.length < DRAWN_AT_MOST && performance.now() - begun < TIME_ENOUGH_MS)) {
      const start = performance.now();
      await program.run(feeds);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  } finally {
    await program.dispose();
  }
}

function noise(shape: readonly number[], deviation: number): HostFloats {
  const normal = normalNumbers(randomNumbers(1));
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => deviation * normal());
  return { dtype: 'float32', shape, data };
}
