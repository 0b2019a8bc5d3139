import { add, concat, mul, neg, slice, tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Rotary } from './types';

/**
 * Turns each pair (x_i, x_{i + r/2}) of the first r numbers of a head by its token's position times the pair's frequency (RoPE,
 * Su et al. 2021, in Hugging Face's order of numbers). Positions count from 0 along the tokens.
 * @param x [B, H, N, d] @returns [B, H, N, d]
 */
export function rotate(x: Tensor, { frequencies, magnitude }: Rotary): Tensor {
  const [batch, heads, tokens, size] = x.shape as [number, number, number, number];
  const half = frequencies.length;
  const table = (turn: (angle: number) => number): Tensor =>
    tensor2d(
      Float32Array.from({ length: tokens * 2 * half }, (_, at) => {
        const position = Math.floor(at / (2 * half));
        return magnitude * turn(position * frequencies[at % half]!);
      }),
      [tokens, 2 * half],
    ); // [N, r]
  const part = (from: number, length: number): Tensor => slice(x, [0, 0, 0, from], [batch, heads, tokens, length]);
  const [first, second] = [part(0, half), part(half, half)]; // [B, H, N, r/2]
  const turned = add(
    mul(concat([first, second], 3), table(Math.cos)),
    mul(concat([neg(second), first], 3), table(Math.sin)),
  ); // [B, H, N, r]
  return 2 * half === size ? turned : concat([turned, part(2 * half, size - 2 * half)], 3);
}
