import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tensors } from './types';

/** A named parameter, or an error that says which one the weights lack. */
export function param(params: Tensors, name: string): Tensor {
  const tensor = params[name];
  if (!tensor) throw new Error(`the weights hold no tensor named ${name}`);
  return tensor;
}
