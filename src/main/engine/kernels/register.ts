import { registerKernel } from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import { infoOf, TRACER, tracedOf } from '../trace';
import type { Traced } from '../trace';

export interface KernelCall {
  /** A named input. */
  readonly in: (name: string) => Traced;
  /** All inputs of a kernel that takes a list. */
  readonly list: () => Traced[];
  readonly attrs: NamedAttrMap;
}
export type Kernel = (call: KernelCall) => Traced | Traced[];

/** Registers a kernel of the tracer under tfjs-core's name. */
export function kernel(name: string, run: Kernel): void {
  registerKernel({
    kernelName: name,
    backendName: TRACER,
    kernelFunc: ({ inputs, attrs }) => {
      const result = run({
        in: (input) => inputOf(name, inputs, input),
        list: () => listOf(inputs),
        attrs: attrs ?? {},
      });
      return Array.isArray(result) ? result.map(infoOf) : infoOf(result);
    },
  });
}

function inputOf(kernelName: string, inputs: NamedTensorInfoMap, name: string): Traced {
  const info = inputs[name];
  if (!info) throw new Error(`${kernelName} lacks its input ${name}`);
  return tracedOf(info);
}

function listOf(inputs: NamedTensorInfoMap): Traced[] {
  return Object.values(inputs).flatMap((info) => (info ? [tracedOf(info)] : []));
}
