import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostTensors, Tensors, TrainerOptions } from '../types';
import { downloaded } from './tensors';

export interface Derivatives {
  /** The loss, and whatever else the loss function gives back. */
  readonly outputs: HostTensors;
  /** By parameter. */
  readonly gradients: Tensors;
}

/**
 * A loss and its derivatives by tfjs-core's own automatic differentiation; to be called inside of a scope that frees all else.
 * @throws where a parameter does not reach the loss
 */
export function lossAndGradients(
  loss: TrainerOptions['loss'],
  params: Tensors,
  frozen: Tensors,
  inputs: Tensors,
): Derivatives {
  const names = Object.keys(params);
  let outputs: HostTensors = {};
  const forward = (): Tensor => {
    const results = loss(params, frozen, inputs);
    outputs = downloaded(results as Tensors);
    return results.loss;
  };
  const { grads } = engine().gradients(
    forward,
    names.map((name) => params[name]!),
    undefined,
    true,
  );
  const unreached = names.filter((_, i) => !grads[i]);
  if (unreached.length > 0)
    throw new Error(`these parameters do not reach the loss, train without them: ${unreached.join(', ')}`);
  return { outputs, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) };
}
