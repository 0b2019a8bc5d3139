import { engine, scalar, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { elementsOf } from '../feeds';
import type { HostTensor, HostTensors, Tensors } from '../types';
import { withNative } from './native';

/** A tensor over host memory, which must not change while the tensor lives. */
export const upload = (data: Float32Array | Int32Array, shape: readonly number[]): Tensor =>
  tensor(data, [...shape], data instanceof Float32Array ? 'float32' : 'int32');

/** Reads a tensor back into memory of its own. */
export function download(from: Tensor): HostTensor {
  const data = from.dataSync();
  const shape = [...from.shape];
  if (data instanceof Float32Array) return { dtype: 'float32', shape, data };
  if (data instanceof Int32Array) return { dtype: 'int32', shape, data };
  return { dtype: 'int32', shape, data: Int32Array.from(data) };
}

export const scalarOf = (value: number): Tensor => scalar(value, 'float32');

interface Shared {
  readonly tensor: Tensor;
  readonly shape: string;
  holders: number;
}
/** By the memory that they were made from. */
const shared = new Map<HostTensor['data'], Shared[]>();

/** Constants of a program: equal memory is put into the engine once, however many programs use it. */
export class Constants {
  readonly tensors: Tensors = {};
  readonly #held: [HostTensor['data'], Shared][] = [];

  constructor(values: HostTensors) {
    for (const [name, value] of Object.entries(values)) this.tensors[name] = this.#take(name, value);
  }

  dispose(): void {
    for (const [data, entry] of this.#held.splice(0)) {
      if (--entry.holders > 0) continue;
      const left = (shared.get(data) ?? []).filter((other) => other !== entry);
      if (left.length > 0) shared.set(data, left);
      else shared.delete(data);
      entry.tensor.dispose();
    }
  }

  #take(name: string, value: HostTensor): Tensor {
    const shape = value.shape.join();
    const entries = shared.get(value.data) ?? [];
    let entry = entries.find((other) => other.shape === shape);
    if (!entry) {
      entry = { tensor: kept(() => upload(elementsOf(name, value), value.shape)), shape, holders: 0 };
      shared.set(value.data, [...entries, entry]);
    }
    entry.holders++;
    this.#held.push([value.data, entry]);
    return entry.tensor;
  }
}

/** Makes a tensor that outlives the scope it is made in. */
export function kept(make: () => Tensor): Tensor {
  return withNative(() => engine().keep(tidy(make)));
}

/** Reads named tensors back. */
export const downloaded = (tensors: Tensors): HostTensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, from]) => [name, download(from)]));

/** Frees all tensors that are made on the way. @param work gives back none */
export function scoped<T>(work: () => T): T {
  let result: T | undefined;
  tidy(() => {
    result = work();
  });
  return result as T;
}
