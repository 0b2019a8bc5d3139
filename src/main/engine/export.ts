import { encodeModel } from './graph/file';
import { withFreeBatch } from './graph/free-batch';
import { Graph } from './graph/graph';
import { registerTracer } from './kernels';
import { constantsInto, inputsInto, tensorsOf, valuesOf } from './program';
import { traceInto } from './trace';
import type { HostTensors, Tensors, TensorSpec } from './types';

export interface ExportOptions {
  constants: HostTensors;
  /** The first axis of every input and output is the batch, and stays free in the file, whatever size stands here. */
  inputs: Record<string, TensorSpec>;
  apply: (constants: Tensors, inputs: Tensors) => Tensors;
  /** Shown by viewers of ONNX files, e.g. class names and the recipe of the input. */
  metadata?: Record<string, string>;
  /** Writes weights in half precision by this function, at half the size; what reads the file computes in single precision. */
  half?: (values: Float32Array) => Uint16Array;
}

/** A protobuf message cannot be larger, and leaves no room for anything else. */
const MOST_BYTES = 2 ** 31 - 2 ** 20;

/** The bytes of a self-contained `model.onnx`; equal networks are equal bytes. */
export function exportOnnx({ constants, inputs, apply, metadata, half }: ExportOptions): Uint8Array {
  registerTracer();
  const bytes = Object.values(constants).reduce((sum, { data }) => sum + data.length * 4, 0);
  if (bytes > MOST_BYTES) throw new Error(`the network's weights (${bytes} bytes) do not fit into one ONNX file`);
  const { graph, outputs } = withFreeBatch((batch) => {
    const own = new Graph();
    const specs = Object.fromEntries(
      Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape: [batch, ...shape.slice(1)] }]),
    );
    const results = traceInto(own, () =>
      valuesOf(apply(tensorsOf(constantsInto(own, constants)), tensorsOf(inputsInto(own, specs)))),
    );
    return { graph: own, outputs: results };
  });
  return encodeModel(graph, outputs, { external: false, freeAxis: 'batch', metadata, half }).model;
}
