import { availableParallelism } from 'node:os';
import { UserError } from '@shared/errors';
import { checkedFeeds } from '../feeds';
import { registerTracer } from '../kernels';
import { trainerBytes } from '../trainer';
import type { Engine, HostTensors, Program, Tensors, TensorSpec } from '../types';
import { lossAndGradients } from './differentiate';
import { loadNative, withNative } from './native';
import type { NativeOptions } from './native';
import { Constants, downloaded, scoped, upload } from './tensors';
import { createTrainer } from './trainer';

/**
 * The optional engine: tfjs-node-gpu's kernels over libtensorflow, eagerly, on the CPU or on CUDA.
 * @throws UserError engine-missing where it is not installed, does not load, or the device asked for is not there
 */
export function createTensorflowEngine(options: NativeOptions): Promise<Engine> {
  return promised(() => {
    registerTracer(); // brings the derivatives of fused operators, and tells a trainer's memory without running it
    const threads = options.threads ?? availableParallelism();
    const backend = loadNative({ ...options, threads });
    const cuda = backend.isUsingGpuDevice;
    if (options.device === 'cuda' && !cuda)
      throw new UserError('engine-missing', 'libtensorflow finds no CUDA device here; "residua doctor" says why');
    const place = cuda ? 'CUDA' : `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return {
      name: 'tensorflow',
      place: cuda ? 'cuda' : 'cpu',
      description: `tensorflow ${backend.binding.TF_Version} · ${place}`,
      compile: ({ constants, inputs, apply }) =>
        promised(() => {
          const held = new Constants(constants);
          return program(inputs, [held], (given) => downloaded(apply(held.tensors, given)));
        }),
      gradients: (task) =>
        promised(() => {
          const params = new Constants(task.params);
          const frozen = new Constants(task.frozen);
          return program(task.inputs, [params, frozen], (given) => {
            const found = lossAndGradients(task.loss, params.tensors, frozen.tensors, given);
            const named = Object.entries(found.gradients).map(([name, tensor]) => [`grad.${name}`, tensor]);
            return { ...found.outputs, ...downloaded(Object.fromEntries(named) as Tensors) };
          });
        }),
      trainer: (task) => promised(() => createTrainer(backend, task)),
      trainerBytes: (task) => trainerBytes(task, false),
    };
  });
}

/** What is computed at once, as the promise that other engines need. */
const promised = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));

/** @param apply is called anew for every run; the tensors that it makes are freed behind it */
function program(
  specs: Record<string, TensorSpec>,
  constants: readonly Constants[],
  apply: (inputs: Tensors) => HostTensors,
): Program {
  let disposed = false;
  return {
    inputs: specs,
    run: (feeds) =>
      promised(() => {
        if (disposed) throw new Error('the program was disposed');
        const given = checkedFeeds(specs, feeds);
        return withNative(() =>
          scoped(() => apply(Object.fromEntries(given.map(([name, data, shape]) => [name, upload(data, shape)])))),
        );
      }),
    dispose: () =>
      promised(() => {
        if (disposed) return;
        disposed = true;
        constants.forEach((held) => held.dispose());
      }),
  };
}
