import { Tensor as OrtTensor } from 'onnxruntime-node';
import { toFloat32 } from '@main/formats';
import { sameShape, sizeOf } from './trace';
import type { HostTensor, HostTensors, TensorSpec } from './types';

/** The numbers of a host tensor as the engine takes them: half precision becomes float32. @throws where data and shape do not fit */
export function elementsOf(name: string, tensor: HostTensor): Float32Array | Int32Array {
  if (tensor.data.length !== sizeOf(tensor.shape))
    throw new Error(
      `${name}: expected ${sizeOf(tensor.shape)} numbers for shape [${tensor.shape}], got ${tensor.data.length}`,
    );
  return tensor.data instanceof Uint16Array ? toFloat32({ ...tensor, data: tensor.data }) : tensor.data;
}

/** Checks feeds against what a program takes, and wraps them without copying. */
export function feedsOf(specs: Readonly<Record<string, TensorSpec>>, feeds: HostTensors): Record<string, OrtTensor> {
  for (const name of Object.keys(feeds))
    if (!(name in specs))
      throw new Error(`the program has no input named ${name}; it has ${Object.keys(specs).join(', ')}`);
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const feed = feeds[name];
      if (!feed) throw new Error(`the program's input ${name} was not given`);
      if (feed.dtype !== spec.dtype || !sameShape(feed.shape, spec.shape))
        throw new Error(`input ${name}: expected ${spec.dtype} [${spec.shape}], got ${feed.dtype} [${feed.shape}]`);
      return [name, wrap(elementsOf(name, feed), spec.shape)];
    }),
  );
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
