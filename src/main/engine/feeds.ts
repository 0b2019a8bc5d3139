import { toFloat32 } from '@main/formats';
import { sameShape, sizeOf } from './shapes';
import type { HostTensor, HostTensors, TensorSpec } from './types';

/** The numbers of a host tensor as an engine takes them: half precision becomes float32. @throws where data and shape do not fit */
export function elementsOf(name: string, tensor: HostTensor): Float32Array | Int32Array {
  if (tensor.data.length !== sizeOf(tensor.shape))
    throw new Error(
      `${name}: expected ${sizeOf(tensor.shape)} numbers for shape [${tensor.shape}], got ${tensor.data.length}`,
    );
  return tensor.data instanceof Uint16Array ? toFloat32({ ...tensor, data: tensor.data }) : tensor.data;
}

/** The numbers of feeds by input, checked against what a program takes; nothing is copied. */
export function checkedFeeds(
  specs: Readonly<Record<string, TensorSpec>>,
  feeds: HostTensors,
): [string, Float32Array | Int32Array, readonly number[]][] {
  for (const name of Object.keys(feeds))
    if (!(name in specs))
      throw new Error(`the program has no input named ${name}; it has ${Object.keys(specs).join(', ')}`);
  return Object.entries(specs).map(([name, spec]) => {
    const feed = feeds[name];
    if (!feed) throw new Error(`the program's input ${name} was not given`);
    if (feed.dtype !== spec.dtype || !sameShape(feed.shape, spec.shape))
      throw new Error(`input ${name}: expected ${spec.dtype} [${spec.shape}], got ${feed.dtype} [${feed.shape}]`);
    return [name, elementsOf(name, feed), spec.shape];
  });
}
