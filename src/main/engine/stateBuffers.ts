import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Slot } from './adamw';
import { elementsOf, wrap } from './host';
import { sameShape, sizeOf } from './shapes';
import type { HostTensor, HostTensors } from './types';

/** What a step keeps of every parameter: itself, its moments, its moving average, and the sum of gradients that wait for a step. */
export type StateKind = 'param' | 'm' | 'v' | 'average' | 'sum';

/** Names of a slot's state in the session. */
export const stateName = (kind: StateKind, slot: number): string => `state.${kind}.${slot}`;
export const nextName = (kind: StateKind, slot: number): string => `next.${kind}.${slot}`;

/** State in the layout of the slots, in host memory. */
export class StateBuffers {
  private readonly arrays: ReadonlyMap<StateKind, readonly Float32Array[]>;

  constructor(
    private readonly slots: readonly Slot[],
    private readonly kinds: readonly StateKind[],
  ) {
    this.arrays = new Map(kinds.map((kind) => [kind, slots.map((slot) => new Float32Array(sizeOf(slot.shape)))]));
  }

  tensors(side: 'state' | 'next', kinds = this.kinds): Record<string, OrtTensor> {
    const name = side === 'state' ? stateName : nextName;
    return Object.fromEntries(
      kinds.flatMap((kind) =>
        this.slots.map((slot, i) => [name(kind, i), wrap(this.of(kind)[i]!, slot.shape)] as const),
      ),
    );
  }

  /** Numbers of whole slots. */
  take(kind: StateKind, values: readonly Float32Array[]): void {
    this.of(kind).forEach((array, i) => array.set(values[i]!));
  }

  fill(kind: StateKind, tensors: HostTensors): void {
    for (const [name, shape, place] of this.places(kind)) {
      const tensor = tensors[name]!;
      if (!sameShape(tensor.shape, shape))
        throw new Error(`${kind}.${name}: expected shape [${shape}], got [${tensor.shape}]`);
      place.set(elementsOf(name, tensor));
    }
  }

  /** Copies, by parameter. */
  read(kind: StateKind): Record<string, HostTensor> {
    return Object.fromEntries(
      this.places(kind).map(([name, shape, place]) => [name, { dtype: 'float32', shape, data: place.slice() }]),
    );
  }

  private of(kind: StateKind): readonly Float32Array[] {
    const found = this.arrays.get(kind);
    if (!found) throw new Error(`the trainer keeps no ${kind}`);
    return found;
  }

  private places(kind: StateKind): [string, readonly number[], Float32Array][] {
    return this.slots.flatMap((slot, i) => {
      let at = 0;
      return slot.names.map((name, k): [string, readonly number[], Float32Array] => {
        const from = at;
        at += sizeOf(slot.shapes[k]!);
        return [name, slot.shapes[k]!, this.of(kind)[i]!.subarray(from, at)];
      });
    });
  }
}
