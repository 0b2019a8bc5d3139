import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, Value } from './graph/graph';
import { constantsInto, inputsInto, tensorsOf } from './program';
import { force, tracedOf } from './trace';
import type { TrainerOptions } from './types';

export interface Backward {
  /** `loss`, and whatever else the loss function gives back. */
  readonly outputs: Record<string, Value>;
  /** By parameter. */
  readonly gradients: Record<string, Value>;
}

/**
 * Traces a loss and its derivatives. tfjs-core's own automatic differentiation does it: the tracer only writes down what it calls.
 * @param params the graph's values of the parameters @throws where a parameter does not reach the loss
 */
export function traceBackward(
  graph: Graph,
  params: Readonly<Record<string, Value>>,
  { frozen, inputs, loss }: Pick<TrainerOptions, 'frozen' | 'inputs' | 'loss'>,
): Backward {
  const names = Object.keys(params);
  const tensors = tensorsOf(params);
  const outputs: Record<string, Value> = {};
  const forward = (): Tensor => {
    const results = loss(tensors, tensorsOf(constantsInto(graph, frozen)), tensorsOf(inputsInto(graph, inputs)));
    for (const [name, tensor] of Object.entries(results)) outputs[name] = force(tracedOf(tensor as Tensor));
    return results.loss;
  };
  const { grads } = engine().gradients(
    forward,
    names.map((name) => tensors[name]!),
    undefined,
    true,
  );
  const unreached = names.filter((_, i) => !grads[i]);
  if (unreached.length > 0)
    throw new Error(`these parameters do not reach the loss, train without them: ${unreached.join(', ')}`);
  return { outputs, gradients: Object.fromEntries(names.map((name, i) => [name, force(tracedOf(grads[i]!))])) };
}

/** Outputs of a program that gives the loss, its companions and `grad.NAME` of every parameter, at the values given. */
export function gradientsOf(graph: Graph, task: Omit<TrainerOptions, 'optimiser'>): Record<string, Value> {
  const { outputs, gradients } = traceBackward(graph, constantsInto(graph, task.params), task);
  for (const [name, value] of Object.entries(gradients)) outputs[`grad.${name}`] = value;
  return outputs;
}
