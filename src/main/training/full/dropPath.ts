import type { HostTensor } from '@main/engine';
import { numbersAt } from './feed/seeds';

const STREAM = 5;

/**
 * By what the branches of each layer are multiplied (stochastic depth, Huang et al. 2016): 0, or what makes up for the zeros. The
 * first layer is never skipped, the last one with probability `rate`, those between in even steps, as timm has it.
 * @returns [2 · layers, batch]
 */
export function keptBranches(
  rate: number,
  layers: number,
  batch: number,
  seed: number,
  epoch: number,
  number: number,
): HostTensor {
  const uniform = numbersAt(seed, STREAM, epoch, number);
  const data = Float32Array.from({ length: 2 * layers * batch }, (_, i) => {
    const layer = Math.floor(i / batch / 2);
    const skipped = layers > 1 ? (rate * layer) / (layers - 1) : rate;
    return uniform() < skipped ? 0 : 1 / (1 - skipped);
  });
  return { dtype: 'float32', shape: [2 * layers, batch], data };
}
