import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Slot } from './adamw';
import { encodeModel } from './graph/file';
import { Graph } from './graph/graph';
import { unwrap } from './host';
import type { Sessions } from './sessions';
import { nextName, StateBuffers, stateName } from './stateBuffers';
import type { StateKind } from './stateBuffers';
import type { HostTensors } from './types';

/** What is kept from run to run of a graph: parameters with their moments and average, or sums of gradients. */
export interface State {
  /** What the next run reads, of all kinds or of some. */
  feeds(kinds?: readonly StateKind[]): Record<string, OrtTensor>;
  /** Where the run is to write it; null: into memory of its own. */
  fetches(): Record<string, OrtTensor | null>;
  /** Takes what the run has written. */
  advance(written: Readonly<Record<string, OrtTensor>>): void;
  fill(kind: StateKind, tensors: HostTensors): void;
  /** Copies, by parameter. */
  read(kind: StateKind): Promise<HostTensors>;
  dispose(): Promise<void>;
}

/** In host memory: two sets of buffers that take turns, which sessions read and write in place. */
export class HostState implements State {
  private now: StateBuffers;
  private next: StateBuffers;

  constructor(slots: readonly Slot[], kinds: readonly StateKind[]) {
    this.now = new StateBuffers(slots, kinds);
    this.next = new StateBuffers(slots, kinds);
  }
  feeds(kinds?: readonly StateKind[]): Record<string, OrtTensor> {
    return this.now.tensors('state', kinds);
  }
  fetches(): Record<string, OrtTensor> {
    return this.next.tensors('next');
  }
  advance(): void {
    [this.now, this.next] = [this.next, this.now];
  }
  fill(kind: StateKind, tensors: HostTensors): void {
    this.now.fill(kind, tensors);
  }
  read(kind: StateKind): Promise<HostTensors> {
    return Promise.resolve(this.now.read(kind));
  }
  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * On the device: what a run wrote is what the next one reads, and nothing passes through host memory but values that are set or
 * asked for. onnxruntime's `getData()` of such a tensor ends the process, so they are read through a session whose outputs lie in
 * host memory.
 */
export class DeviceState implements State {
  /** Values that were set and are not yet on the device; or the place where they are read to. */
  private readonly host: StateBuffers;
  private onDevice: Record<string, OrtTensor> | null = null;

  constructor(
    private readonly slots: readonly Slot[],
    private readonly kinds: readonly StateKind[],
    private readonly sessions: Sessions,
  ) {
    this.host = new StateBuffers(slots, kinds);
  }
  feeds(kinds = this.kinds): Record<string, OrtTensor> {
    const { onDevice } = this;
    if (!onDevice) return this.host.tensors('state', kinds);
    return Object.fromEntries(this.namesOf(kinds).map(([state]) => [state, onDevice[state]!]));
  }
  fetches(): Record<string, null> {
    return Object.fromEntries(this.namesOf(this.kinds).map(([, next]) => [next, null]));
  }
  advance(written: Readonly<Record<string, OrtTensor>>): void {
    this.free();
    this.onDevice = Object.fromEntries(this.namesOf(this.kinds).map(([state, next]) => [state, written[next]!]));
  }
  /** All kinds are to be set, one after the other: what lies on the device then is of no more use. */
  fill(kind: StateKind, tensors: HostTensors): void {
    this.free();
    this.host.fill(kind, tensors);
  }
  async read(kind: StateKind): Promise<HostTensors> {
    if (this.onDevice) this.host.take(kind, await this.download(kind, this.onDevice));
    return this.host.read(kind);
  }
  dispose(): Promise<void> {
    this.free();
    return Promise.resolve();
  }

  private async download(kind: StateKind, state: Record<string, OrtTensor>): Promise<readonly Float32Array[]> {
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

  /** As the next run reads it, and as a run writes it. */
  private namesOf(kinds: readonly StateKind[]): (readonly [state: string, next: string])[] {
    return kinds.flatMap((kind) => this.slots.map((_, i) => [stateName(kind, i), nextName(kind, i)] as const));
  }

  private free(): void {
    for (const tensor of Object.values(this.onDevice ?? {})) tensor.dispose();
    this.onDevice = null;
  }
}
