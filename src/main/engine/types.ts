import type { Tensor, TensorContainerObject } from '@tensorflow/tfjs-core';
import type { EngineName, Place } from '@shared/domain';

/** A tensor in host memory. `float32` data is a Float32Array, `int32` an Int32Array, `float16` the raw half bits. */
export interface HostTensor {
  readonly dtype: 'float32' | 'int32' | 'float16';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint16Array;
}
export type HostTensors = Record<string, HostTensor>;

/** Named tfjs tensors inside a network function. */
export type Tensors = Record<string, Tensor>;

export interface TensorSpec {
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
}

/** A compiled pure function of its inputs, of fixed shapes; its constants live in the engine. Equal programs share their memory. */
export interface Program {
  readonly inputs: Record<string, TensorSpec>;
  run(feeds: HostTensors): Promise<HostTensors>;
  dispose(): Promise<void>;
}

/**
 * AdamW (Loshchilov & Hutter 2019), decoupled decay. `decay(name, shape)` says how strongly a tensor decays, `scale(name)` by
 * what the step's learning rate is multiplied for it (1 where absent), as PyTorch's parameter groups do it.
 */
export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly decay: (name: string, shape: readonly number[]) => number;
  readonly scale?: (name: string) => number;
  /** Greatest length of the gradient, over all parameters; longer ones are shortened to it. */
  readonly clip?: number | null;
  /** How much a moving average of the parameters keeps a step, at most; it is what `params` gives. 0: none. */
  readonly average?: number;
}

export interface TrainerOptions {
  /** Trainable start values. */
  readonly params: HostTensors;
  /** Frozen values, constants of the step. */
  readonly frozen: HostTensors;
  /** The batch: everything that changes from step to step except the learning rate. */
  readonly inputs: Record<string, TensorSpec>;
  /** Pure function of tensors; `loss` is a scalar, every other entry is returned by `step` as it is. */
  readonly loss: (params: Tensors, frozen: Tensors, inputs: Tensors) => { loss: Tensor } & TensorContainerObject;
  readonly optimiser: AdamWOptions;
  /** Gradients of several batches are added up (`Trainer.add`) before a step takes them. */
  readonly accumulates?: boolean;
}

/** One training step (forward, backward, AdamW), its state kept in the engine from step to step. */
export interface Trainer {
  /**
   * @param learningRate of this step @param share of this batch among those that were added before
   * @returns `loss` and whatever else the loss function gives back
   */
  step(feeds: HostTensors, learningRate: number, share?: number): Promise<HostTensors>;
  /** Adds a batch's gradients, times its share, to those that the next step takes. Only where the trainer accumulates. */
  add(feeds: HostTensors, share: number): Promise<HostTensors>;
  /**
   * Parameters and optimiser state between two steps (`param.NAME`, `m.NAME`, `v.NAME`, with an average `average.NAME`, and
   * `step`): all that resuming bit for bit needs. `m` and `v` are the engine's own running sums; another engine may scale them otherwise.
   */
  state(): Promise<HostTensors>;
  /** Also starts anew (another fold, another seed): values, zeros and step 0, without tracing again. */
  restore(state: HostTensors): Promise<void>;
  /** What predicts: the parameters, or their moving average. */
  params(): Promise<HostTensors>;
  dispose(): Promise<void>;
}

/** Where a network runs. The same network functions run in every engine. */
export interface Engine {
  readonly name: EngineName;
  /** Where it computes. */
  readonly place: Place;
  /** e.g. `onnx · CPU, 2 threads` */
  readonly description: string;
  compile(options: {
    constants: HostTensors;
    inputs: Record<string, TensorSpec>;
    apply: (constants: Tensors, inputs: Tensors) => Tensors;
  }): Promise<Program>;
  trainer(options: TrainerOptions): Promise<Trainer>;
  /** Bytes that a trainer would take, beside the process itself, from the sizes in its graph; nothing is run. */
  trainerBytes(options: TrainerOptions): number;
  /** A program with `grad.NAME` for every parameter, at the values given, beside the outputs: for tests and explanation maps. */
  gradients(options: Omit<TrainerOptions, 'optimiser'>): Promise<Program>;
}
