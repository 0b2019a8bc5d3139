import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import type { TFEOpAttr } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { elementsOf } from '../feeds';
import { sameShape, sizeOf } from '../shapes';
import type { HostTensor } from '../types';
import { download, kept, scoped, upload } from './tensors';

let made = 0;

/** A float tensor that libtensorflow changes in place (a resource variable), on the engine's device. */
export class Variable {
  readonly #handle: Tensor;

  constructor(
    private readonly backend: NodeJSKernelBackend,
    readonly shape: readonly number[],
  ) {
    const { binding } = backend;
    const attributes: TFEOpAttr[] = [
      { name: 'dtype', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [...shape] },
      { name: 'shared_name', type: binding.TF_ATTR_STRING, value: `residua/${made++}` },
      { name: 'container', type: binding.TF_ATTR_STRING, value: '' },
    ];
    this.#handle = kept(() => backend.executeSingleOutput('VarHandleOp', attributes, []));
  }

  /** Inside of a scope. The tensor shares the variable's memory: free it before the variable is to change in place. */
  read(): Tensor {
    return this.backend.executeSingleOutput('ReadVariableOp', [this.#type('dtype')], [this.#handle]);
  }

  download(): HostTensor {
    return scoped(() => download(this.read()));
  }

  assign(value: Tensor): void {
    this.#run('AssignVariableOp', [this.#type('dtype')], [value]);
  }

  /** @throws where the shape is another one */
  fill(name: string, value: HostTensor): void {
    if (!sameShape(value.shape, this.shape))
      throw new Error(`${name}: expected shape [${this.shape}], got [${value.shape}]`);
    // A copy: the caller's memory may change later, and an assigned variable may share its tensor's.
    tidy(() => this.assign(upload(elementsOf(name, value).slice(), this.shape)));
  }

  zero(): void {
    tidy(() => this.assign(upload(new Float32Array(sizeOf(this.shape)), this.shape)));
  }

  /** One step of Adam in place, all passes in one kernel. @param rates as scalars of the engine */
  applyAdam(m: Variable, v: Variable, rates: AdamRates, gradient: Tensor): void {
    const { binding } = this.backend;
    const flag = (name: string): TFEOpAttr => ({ name, type: binding.TF_ATTR_BOOL, value: false });
    const { none, rate, beta1, beta2, epsilon } = rates;
    this.#run(
      'ResourceApplyAdam',
      [this.#type('T'), flag('use_locking'), flag('use_nesterov')],
      [m.#handle, v.#handle, none, none, rate, beta1, beta2, epsilon, gradient],
    );
  }

  dispose(): void {
    tidy(() => {
      const { binding } = this.backend;
      this.#run('DestroyResourceOp', [{ name: 'ignore_lookup_error', type: binding.TF_ATTR_BOOL, value: true }], []);
    });
    this.#handle.dispose();
  }

  #type(name: string): TFEOpAttr {
    return { name, type: this.backend.binding.TF_ATTR_TYPE, value: this.backend.binding.TF_FLOAT };
  }

  #run(op: string, attributes: TFEOpAttr[], inputs: Tensor[]): void {
    this.backend.executeMultipleOutputs(op, attributes, [this.#handle, ...inputs], 0);
  }
}

/** Scalars of one update. */
export interface AdamRates {
  /** 0, in place of β₁ᵗ and β₂ᵗ: their part is in `rate` already. */
  readonly none: Tensor;
  readonly rate: Tensor;
  readonly beta1: Tensor;
  readonly beta2: Tensor;
  readonly epsilon: Tensor;
}
