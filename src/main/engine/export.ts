import type { HostTensors, Tensors, TensorSpec } from './types';

export interface ExportOptions {
  constants: HostTensors;
  /** The first axis of every input and output is the batch, and stays free in the file. */
  inputs: Record<string, TensorSpec>;
  apply: (constants: Tensors, inputs: Tensors) => Tensors;
  /** Shown by viewers of ONNX files, e.g. class names and the recipe of the input. */
  metadata?: Record<string, string>;
}

/** The bytes of a self-contained `model.onnx`; equal networks are equal bytes. */
export function exportOnnx(_options: ExportOptions): Uint8Array {
  throw new Error('under construction');
}
