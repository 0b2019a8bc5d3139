import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Slot } from './adamw';
import { encodeModel } from './graph/file';
import { Graph } from './graph/graph';
import { elementsOf, unwrap, wrap } from './host';
import type { Sessions } from './sessions';
import { sameShape, sizeOf } from './shapes';
import type { HostTensor, HostTensors } from './types';

export const KINDS = ['param', 'm', 'v'] as const;
export type Kind = (typeof KINDS)[number];

/** Names of a slot's state in the step's graph. */
export const stateName = (kind: Kind, slot: number): string => `state.${kind}.${slot}`;
export const nextName = (kind: Kind, slot: number): string => `next.${kind}.${slot}`;
const namesOf = (slots: readonly Slot[], name: (kind: Kind, slot: number) => string): string[] =>
  KINDS.flatMap((kind) => slots.map((_, i) => name(kind, i)));

/** Parameters and moments between two steps. */
export interface State {
  /** What the next step reads. */
  feeds(): Record<string, OrtTensor>;
  /** Where the step is to write it; null: into memory of its own. */
  fetches(): Record<string, OrtTensor | null>;
  /** Takes what the step has written. */
  advance(written: Readonly<Record<string, OrtTensor>>): void;
  fill(kind: Kind, tensors: HostTensors): void;
  /** Copies, by parameter. */
  read(kind: Kind): Promise<HostTensors>;
  dispose(): Promise<void>;
}

/** In host memory: two sets of buffers that take turns, which sessions read and write in place. */
export class HostState implements State {
  private now: SlotArrays;
  private next: SlotArrays;

  constructor(slots: readonly Slot[]) {
    this.now = new SlotArrays(slots);
    this.next = new SlotArrays(slots);
  }
  feeds(): Record<string, OrtTensor> {
    return this.now.tensors(stateName);
  }
  fetches(): Record<string, OrtTensor> {
    return this.next.tensors(nextName);
  }
  advance(): void {
    [this.now, this.next] = [this.next, this.now];
  }
  fill(kind: Kind, tensors: HostTensors): void {
    this.now.fill(kind, tensors);
  }
  read(kind: Kind): Promise<HostTensors> {
    return Promise.resolve(this.now.read(kind));
  }
  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * On the device: what a step wrote is what the next one reads, and nothing passes through host memory but values that are set or
 * asked for. onnxruntime's `getData()` of such a tensor ends the process, so they are read through a session whose outputs lie in
 * host memory.
 */
export class DeviceState implements State {
  /** Values that were set and are not yet on the device; or the place where they are read to. */
  private readonly host: SlotArrays;
  private onDevice: Record<string, OrtTensor> | null = null;

  constructor(
    private readonly slots: readonly Slot[],
    private readonly sessions: Sessions,
  ) {
    this.host = new SlotArrays(slots);
  }
  feeds(): Record<string, OrtTensor> {
    return this.onDevice ?? this.host.tensors(stateName);
  }
  fetches(): Record<string, null> {
    return Object.fromEntries(namesOf(this.slots, nextName).map((name) => [name, null]));
  }
  advance(written: Readonly<Record<string, OrtTensor>>): void {
    this.free();
    const pairs = KINDS.flatMap((kind) => this.slots.map((_, i) => [stateName(kind, i), nextName(kind, i)] as const));
    this.onDevice = Object.fromEntries(pairs.map(([state, next]) => [state, written[next]!]));
  }
  /** All kinds are to be set, one after the other: what lies on the device then is of no more use. */
  fill(kind: Kind, tensors: HostTensors): void {
    this.free();
    this.host.fill(kind, tensors);
  }
  async read(kind: Kind): Promise<HostTensors> {
    if (this.onDevice) this.host.take(kind, await this.download(kind, this.onDevice));
    return this.host.read(kind);
  }
  dispose(): Promise<void> {
    this.free();
    return Promise.resolve();
  }

  private async download(kind: Kind, state: Record<string, OrtTensor>): Promise<readonly Float32Array[]> {
    const graph = new Graph();
    const copies = this.slots.map(({ shape }, i) => {
      const name = stateName(kind, i);
      return [nextName(kind, i), graph.one('Identity', [graph.input(name, 'float32', shape)], shape)] as const;
    });
    const lease = await this.sessions.acquire(encodeModel(graph, Object.fromEntries(copies), { external: true }));
    try {
      const feeds = Object.fromEntries(graph.inputs.map(({ name }) => [name!, state[name!]!]));
      const results = await lease.session.run(feeds);
      return copies.map(([name]) => unwrap(results[name]!).data as Float32Array);
    } finally {
      await lease.release();
    }
  }

  private free(): void {
    for (const tensor of Object.values(this.onDevice ?? {})) tensor.dispose();
    this.onDevice = null;
  }
}

/** Parameters and moments in the layout of the slots. */
class SlotArrays {
  private readonly arrays: Record<Kind, readonly Float32Array[]>;

  constructor(private readonly slots: readonly Slot[]) {
    const zeros = (): Float32Array[] => slots.map((slot) => new Float32Array(sizeOf(slot.shape)));
    this.arrays = { param: zeros(), m: zeros(), v: zeros() };
  }

  tensors(name: (kind: Kind, slot: number) => string): Record<string, OrtTensor> {
    return Object.fromEntries(
      KINDS.flatMap((kind) =>
        this.slots.map((slot, i) => [name(kind, i), wrap(this.arrays[kind][i]!, slot.shape)] as const),
      ),
    );
  }

  /** Numbers of whole slots. */
  take(kind: Kind, values: readonly Float32Array[]): void {
    this.arrays[kind].forEach((array, i) => array.set(values[i]!));
  }

  fill(kind: Kind, tensors: HostTensors): void {
    for (const [name, shape, place] of this.places(kind)) {
      const tensor = tensors[name]!;
      if (!sameShape(tensor.shape, shape))
        throw new Error(`${kind}.${name}: expected shape [${shape}], got [${tensor.shape}]`);
      place.set(elementsOf(name, tensor));
    }
  }

  read(kind: Kind): Record<string, HostTensor> {
    return Object.fromEntries(
      this.places(kind).map(([name, shape, place]) => [name, { dtype: 'float32', shape, data: place.slice() }]),
    );
  }

  private places(kind: Kind): [string, readonly number[], Float32Array][] {
    return this.slots.flatMap((slot, i) => {
      let at = 0;
      return slot.names.map((name, k): [string, readonly number[], Float32Array] => {
        const from = at;
        at += sizeOf(slot.shapes[k]!);
        return [name, slot.shapes[k]!, this.arrays[kind][i]!.subarray(from, at)];
      });
    });
  }
}
