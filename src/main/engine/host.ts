import { Tensor as OrtTensor } from 'onnxruntime-node';
import { checkedFeeds } from './feeds';
import type { HostTensor, HostTensors, TensorSpec } from './types';

export { elementsOf } from './feeds';

/** Checks feeds against what a program takes, and wraps them without copying. */
export function feedsOf(specs: Readonly<Record<string, TensorSpec>>, feeds: HostTensors): Record<string, OrtTensor> {
  return Object.fromEntries(checkedFeeds(specs, feeds).map(([name, data, shape]) => [name, wrap(data, shape)]));
}

/** An onnxruntime tensor over the very same memory. */
export function wrap(data: Float32Array | Int32Array, shape: readonly number[]): OrtTensor {
  return data instanceof Float32Array ? new OrtTensor('float32', data, shape) : new OrtTensor('int32', data, shape);
}

export function unwrap(tensor: OrtTensor): HostTensor {
  const { data, dims } = tensor;
  if (data instanceof Float32Array) return { dtype: 'float32', shape: dims, data };
  if (data instanceof Int32Array) return { dtype: 'int32', shape: dims, data };
  if (data instanceof Uint8Array) return { dtype: 'int32', shape: dims, data: Int32Array.from(data) };
  throw new Error(`a program gave a tensor of type ${tensor.type}`);
}
