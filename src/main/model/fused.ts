import { engine, getBackend, getKernel } from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/**
 * An operator that the engine at work offers whole (the tracer: one ONNX node instead of ten), with its own gradient.
 * @returns the operator's first result, or undefined where the engine has no such kernel and the caller composes it.
 */
export function fused(
  name: string,
  inputs: NamedTensorMap,
  attributes: Record<string, number> = {},
): Tensor | undefined {
  if (!getKernel(name, getBackend())) return undefined;
  const result = engine().runKernel<Tensor | Tensor[]>(name, inputs, attributes);
  return Array.isArray(result) ? result[0] : result;
}
