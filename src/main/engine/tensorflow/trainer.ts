import { mul, tidy } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { checkedFeeds } from '../feeds';
import type { AdamWOptions, HostTensors, Tensors, Trainer, TrainerOptions } from '../types';
import { lossAndGradients } from './differentiate';
import type { Derivatives } from './differentiate';
import { withNative } from './native';
import { Constants, scalarOf, scoped, upload } from './tensors';
import { Variable } from './variables';

const KINDS = ['param', 'm', 'v'] as const;
type Kind = (typeof KINDS)[number];

/** A parameter with its moments. */
interface Slot extends Record<Kind, Variable> {
  readonly name: string;
  readonly decay: number;
  /** Its learning rate is the step's times this. */
  readonly scale: number;
}

/**
 * Training step by step, eagerly: every operation runs as the network function calls it, and the state stays in the engine's
 * variables. The moments are libtensorflow's own: m and v as in Kingma & Ba (2015), without their corrections.
 */
export function createTrainer(backend: NodeJSKernelBackend, options: TrainerOptions): Trainer {
  const slots = slotsOf(backend, options);
  const frozen = new Constants(options.frozen);
  let steps = 0;
  let disposed = false;

  const idle = (): void => {
    if (disposed) throw new Error('the trainer was disposed');
  };
  const read = (kind: Kind): HostTensors =>
    withNative(() => Object.fromEntries(slots.map((slot) => [slot.name, slot[kind].download()])));
  const fill = (kind: Kind, tensors: HostTensors): void =>
    withNative(() => slots.forEach((slot) => slot[kind].fill(`${kind}.${slot.name}`, tensors[slot.name]!)));

  fill('param', options.params);
  withNative(() => slots.forEach(({ m, v }) => [m, v].forEach((moment) => moment.zero())));
  return answering({
    step(feeds, learningRate) {
      idle();
      const given = checkedFeeds(options.inputs, feeds);
      const outputs = withNative(() =>
        scoped(() => {
          // The scope inside frees the variables' tensors, so that the update finds their memory unshared and writes in place.
          const { outputs, gradients } = tidyDerivatives(() => {
            const inputs = Object.fromEntries(given.map(([name, data, shape]) => [name, upload(data, shape)]));
            const params = Object.fromEntries(slots.map((slot) => [slot.name, slot.param.read()]));
            return lossAndGradients(options.loss, params, frozen.tensors, inputs);
          });
          update(slots, gradients, steps + 1, learningRate, options.optimiser);
          return outputs;
        }),
      );
      steps++;
      return outputs;
    },
    state() {
      idle();
      const state: HostTensors = { step: { dtype: 'int32', shape: [], data: Int32Array.of(steps) } };
      for (const kind of KINDS)
        for (const [name, tensor] of Object.entries(read(kind))) state[`${kind}.${name}`] = tensor;
      return state;
    },
    restore(state) {
      idle();
      const step = state.step?.data[0];
      if (step === undefined) throw new Error('the state of a trainer lacks its step');
      for (const kind of KINDS) {
        const tensors = slots.map(({ name }) => [name, state[`${kind}.${name}`]] as const);
        const missing = tensors.find(([, tensor]) => !tensor);
        if (missing) throw new Error(`the state of a trainer lacks ${kind}.${missing[0]}`);
        fill(kind, Object.fromEntries(tensors) as HostTensors);
      }
      steps = Number(step);
    },
    params() {
      idle();
      return read('param');
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      withNative(() => slots.forEach((slot) => KINDS.forEach((kind) => slot[kind].dispose())));
      frozen.dispose();
    },
  });
}

/** Every call computes at once; what it throws is the promise's, as in every engine. */
function answering(now: {
  step(feeds: HostTensors, learningRate: number): HostTensors;
  state(): HostTensors;
  restore(state: HostTensors): void;
  params(): HostTensors;
  dispose(): void;
}): Trainer {
  const promised = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));
  return {
    step: (feeds, learningRate) => promised(() => now.step(feeds, learningRate)),
    state: () => promised(() => now.state()),
    restore: (state) => promised(() => now.restore(state)),
    params: () => promised(() => now.params()),
    dispose: () => promised(() => now.dispose()),
  };
}

/** The gradients alone outlive the scope. */
function tidyDerivatives(work: () => Derivatives): Derivatives {
  let outputs: HostTensors = {};
  const gradients: Tensors = tidy(() => {
    const found = work();
    outputs = found.outputs;
    return found.gradients;
  });
  return { outputs, gradients };
}

function slotsOf(backend: NodeJSKernelBackend, { params, optimiser }: TrainerOptions): Slot[] {
  return withNative(() =>
    Object.entries(params).map(([name, { shape }]): Slot => {
      const variable = (): Variable => new Variable(backend, shape);
      return {
        name,
        param: variable(),
        m: variable(),
        v: variable(),
        decay: optimiser.decay(name, shape),
        scale: optimiser.scale?.(name) ?? 1,
      };
    }),
  );
}

/**
 * AdamW (Loshchilov & Hutter 2019): libtensorflow's fused Adam in place, after the decay. Its own corrections are off (β₁ᵗ and
 * β₂ᵗ given as 0); the rate carries them in double precision, and ε is scaled as PyTorch's formula asks.
 */
function update(
  slots: readonly Slot[],
  gradients: Tensors,
  step: number,
  learningRate: number,
  options: AdamWOptions,
): void {
  const { rate, epsilon } = adamRates(step, learningRate, options);
  const common = {
    none: scalarOf(0),
    beta1: scalarOf(options.beta1),
    beta2: scalarOf(options.beta2),
    epsilon: scalarOf(epsilon),
  };
  for (const { name, param, m, v, decay, scale } of slots) {
    tidy(() => {
      if (decay !== 0) param.assign(mul(param.read(), 1 - learningRate * scale * decay));
    });
    tidy(() => param.applyAdam(m, v, { ...common, rate: scalarOf(rate * scale) }, gradients[name]!));
  }
}

/** Scalars of step `t` (counted from 1): α√(1 − β₂ᵗ)/(1 − β₁ᵗ) and ε√(1 − β₂ᵗ). */
function adamRates(
  t: number,
  learningRate: number,
  { beta1, beta2, epsilon }: AdamWOptions,
): { rate: number; epsilon: number } {
  const spread = Math.sqrt(1 - beta2 ** t);
  return { rate: (learningRate * spread) / (1 - beta1 ** t), epsilon: epsilon * spread };
}
