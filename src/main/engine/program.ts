import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph } from './graph/graph';
import { encodeModel } from './graph/file';
import type { Value } from './graph/graph';
import { elementsOf, feedsOf, unwrap } from './host';
import type { Sessions } from './sessions';
import { force, tensorOf, tracedOf } from './trace';
import type { HostTensors, Program, TensorSpec, Tensors } from './types';

/** Puts host tensors into the graph as constants. */
export function constantsInto(graph: Graph, tensors: HostTensors): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, graph.weight(name, tensor.shape, elementsOf(name, tensor))]),
  );
}

export function inputsInto(graph: Graph, specs: Readonly<Record<string, TensorSpec>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { dtype, shape }]) => [name, graph.input(name, dtype, shape)]),
  );
}

/** tfjs tensors that stand for values of the graph; only during a trace. */
export function tensorsOf(values: Readonly<Record<string, Value>>): Tensors {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tensorOf(value)]));
}

/** The values behind the tensors that a network function gave back. */
export function valuesOf(tensors: Readonly<Record<string, Tensor>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, force(tracedOf(tensor))]));
}

/** Makes a session of a traced graph. */
export async function programOf(
  sessions: Sessions,
  graph: Graph,
  specs: Readonly<Record<string, TensorSpec>>,
  outputs: Readonly<Record<string, Value>>,
): Promise<Program> {
  const lease = await sessions.acquire(encodeModel(graph, outputs, { external: true }));
  let disposed = false;
  return {
    inputs: specs,
    async run(feeds: HostTensors): Promise<HostTensors> {
      if (disposed) throw new Error('the program was disposed');
      const results = await lease.session.run(feedsOf(specs, feeds));
      return Object.fromEntries(Object.keys(outputs).map((name) => [name, unwrap(results[name]!)]));
    },
    async dispose(): Promise<void> {
      disposed = true;
      await lease.release();
    },
  };
}
