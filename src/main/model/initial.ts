import { BLOCK_PREFIX } from './block';
import { normalNumbers, randomNumbers } from './random';
import type { HostFloats, HostParams } from './types';

/** A number for a tensor's own stream: adding a tensor to a network changes no other one's start values. */
function streamOf(seed: number, name: string): number {
  let hash = 2166136261 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return hash >>> 0;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
export const filled = (shape: readonly number[], value: number): HostFloats => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(size(shape)).fill(value),
});

/** Truncated normal as timm's `trunc_normal_(std)`: cut at ±2, which for .02 cuts nothing. Drawn from `seed` and the tensor's name. */
export function truncatedNormal(seed: number, name: string, shape: readonly number[], deviation = 0.02): HostFloats {
  const normal = normalNumbers(randomNumbers(streamOf(seed, name)));
  const data = new Float32Array(size(shape));
  for (let i = 0; i < data.length; i++) {
    let value = normal() * deviation;
    while (Math.abs(value) > 2) value = normal() * deviation;
    data[i] = value;
  }
  return { dtype: 'float32', shape, data };
}

/** U(±1/√fan-in), PyTorch's default for linear layers (M1 and M2 of the 3D networks). */
export const uniformByFanIn = (seed: number, name: string, shape: readonly [number, number]): HostFloats =>
  uniform(seed, name, shape, shape[1]);

function uniform(seed: number, name: string, shape: readonly number[], fanIn: number): HostFloats {
  const next = randomNumbers(streamOf(seed, name));
  const bound = 1 / Math.sqrt(fanIn);
  return { dtype: 'float32', shape, data: Float32Array.from({ length: size(shape) }, () => (2 * next() - 1) * bound) };
}

/** A bias of PyTorch's linear layers: U(±1/√fan-in) by its matrix's fan-in. @returns [length] */
export const uniformVector = (seed: number, name: string, length: number, fanIn: number): HostFloats =>
  uniform(seed, name, [length], fanIn);

/** Standard normal, PyTorch's `randn`. */
export function normal(seed: number, name: string, shape: readonly number[]): HostFloats {
  const next = normalNumbers(randomNumbers(streamOf(seed, name)));
  return { dtype: 'float32', shape, data: Float32Array.from({ length: size(shape) }, next) };
}

/** The core `random`: every tensor of the block drawn anew from a normal distribution with that tensor's own mean and deviation. */
export function randomLike(seed: number, block: HostParams): HostParams {
  return Object.fromEntries(
    Object.entries(block).map(([name, tensor]) => {
      const { mean, deviation } = moments(tensor.data);
      const normal = normalNumbers(randomNumbers(streamOf(seed, `random ${name}`)));
      return [name, { ...tensor, data: tensor.data.map(() => mean + deviation * normal()) }];
    }),
  );
}

function moments(data: Float32Array): { mean: number; deviation: number } {
  let total = 0;
  for (const value of data) total += value;
  const mean = total / data.length;
  let squares = 0;
  for (const value of data) squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / data.length) };
}

/** AdamW's decay falls on matrices only: not on vectors, CLS token and position embedding (timm's and the reference's rule). */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !/(^|\.)(\w*cls_token|pos_embed|pos_embedding|position_embeddings)$/.test(name);
}

/** Puts the block's tensors under the names that the network reads. */
export function prefixBlock(block: HostParams): HostParams {
  return Object.fromEntries(Object.entries(block).map(([name, tensor]) => [BLOCK_PREFIX + name, tensor]));
}
