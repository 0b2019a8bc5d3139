import { add, addN, div, minimum, mul, sqrt, square, sub, sum as sumOf, tidy } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { averageKeeps, CLIP_EPSILON } from '../adamw';
import { checkedFeeds } from '../feeds';
import type { StateKind } from '../stateBuffers';
import { kindsOf } from '../stepGraph';
import type { AdamWOptions, HostTensors, Tensors, Trainer, TrainerOptions } from '../types';
import { lossAndGradients } from './differentiate';
import type { Derivatives } from './differentiate';
import { withNative } from './native';
import { Constants, scalarOf, scoped, upload } from './tensors';
import { Variable } from './variables';

/** A parameter with its moments, and what else is kept of it. */
interface Slot {
  readonly name: string;
  readonly kept: Readonly<Partial<Record<StateKind, Variable>>>;
  readonly decay: number;
  /** Its learning rate is the step's times this. */
  readonly scale: number;
}

/**
 * Training step by step, eagerly: every operation runs as the network function calls it, and the state stays in the engine's
 * variables. The moments are libtensorflow's own: m and v as in Kingma & Ba (2015), without their corrections.
 */
export function createTrainer(backend: NodeJSKernelBackend, options: TrainerOptions): Trainer {
  const { optimiser } = options;
  const kinds = kindsOf(options);
  const slots = slotsOf(backend, options);
  const frozen = new Constants(options.frozen);
  let steps = 0;
  let added = 0;
  let disposed = false;

  const idle = (): void => {
    if (disposed) throw new Error('the trainer was disposed');
  };
  const read = (kind: StateKind): HostTensors =>
    withNative(() => Object.fromEntries(slots.map((slot) => [slot.name, of(slot, kind).download()])));
  const fill = (kind: StateKind, tensors: HostTensors): void =>
    withNative(() => slots.forEach((slot) => of(slot, kind).fill(`${kind}.${slot.name}`, tensors[slot.name]!)));
  const derivatives = (feeds: HostTensors): Derivatives => {
    const given = checkedFeeds(options.inputs, feeds);
    // The scope inside frees the variables' tensors, so that the update finds their memory unshared and writes in place.
    return tidyDerivatives(() => {
      const inputs = Object.fromEntries(given.map(([name, data, shape]) => [name, upload(data, shape)]));
      const params = Object.fromEntries(slots.map((slot) => [slot.name, of(slot, 'param').read()]));
      return lossAndGradients(options.loss, params, frozen.tensors, inputs);
    });
  };
  const addGradients = (feeds: HostTensors, share: number): HostTensors => {
    const { outputs, gradients } = derivatives(feeds);
    for (const slot of slots)
      tidy(() => {
        const part = mul(gradients[slot.name]!, share);
        of(slot, 'sum').assign(added > 0 ? add(of(slot, 'sum').read(), part) : part);
      });
    added++;
    return outputs;
  };

  fill('param', options.params);
  if (kinds.includes('average')) fill('average', options.params);
  withNative(() => slots.forEach((slot) => (['m', 'v'] as const).forEach((moment) => of(slot, moment).zero())));
  return answering({
    add(feeds, share) {
      idle();
      if (!options.accumulates) throw new Error('this trainer takes every batch in a step of its own');
      return withNative(() => scoped(() => addGradients(feeds, share)));
    },
    step(feeds, learningRate, share = 1) {
      idle();
      const outputs = withNative(() =>
        scoped(() => {
          if (!options.accumulates) {
            const { outputs, gradients } = derivatives(feeds);
            update(slots, gradients, steps + 1, learningRate, optimiser);
            return outputs;
          }
          const outputs = addGradients(feeds, share);
          const gradients = Object.fromEntries(slots.map((slot) => [slot.name, of(slot, 'sum').read()]));
          update(slots, gradients, steps + 1, learningRate, optimiser);
          return outputs;
        }),
      );
      steps++;
      added = 0;
      return outputs;
    },
    state() {
      idle();
      const state: HostTensors = { step: { dtype: 'int32', shape: [], data: Int32Array.of(steps) } };
      for (const kind of kinds)
        for (const [name, tensor] of Object.entries(read(kind))) state[`${kind}.${name}`] = tensor;
      return state;
    },
    restore(state) {
      idle();
      const step = state.step?.data[0];
      if (step === undefined) throw new Error('the state of a trainer lacks its step');
      for (const kind of kinds) {
        const tensors = slots.map(({ name }) => [name, state[`${kind}.${name}`]] as const);
        const missing = tensors.find(([, tensor]) => !tensor);
        if (missing) throw new Error(`the state of a trainer lacks ${kind}.${missing[0]}`);
        fill(kind, Object.fromEntries(tensors) as HostTensors);
      }
      steps = Number(step);
      added = 0;
    },
    params() {
      idle();
      return read(optimiser.average ? 'average' : 'param');
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      withNative(() => slots.forEach(({ kept }) => Object.values(kept).forEach((variable) => variable.dispose())));
      frozen.dispose();
    },
  });
}

/** Every call computes at once; what it throws is the promise's, as in every engine. */
function answering(now: {
  add(feeds: HostTensors, share: number): HostTensors;
  step(feeds: HostTensors, learningRate: number, share?: number): HostTensors;
  state(): HostTensors;
  restore(state: HostTensors): void;
  params(): HostTensors;
  dispose(): void;
}): Trainer {
  const promised = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));
  return {
    add: (feeds, share) => promised(() => now.add(feeds, share)),
    step: (feeds, learningRate, share) => promised(() => now.step(feeds, learningRate, share)),
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

function slotsOf(backend: NodeJSKernelBackend, options: TrainerOptions): Slot[] {
  const { params, optimiser, accumulates } = options;
  const kinds: StateKind[] = [...kindsOf(options), ...(accumulates ? (['sum'] as const) : [])];
  return withNative(() =>
    Object.entries(params).map(([name, { shape }]): Slot => ({
      name,
      kept: Object.fromEntries(kinds.map((kind) => [kind, new Variable(backend, shape)])),
      decay: optimiser.decay(name, shape),
      scale: optimiser.scale?.(name) ?? 1,
    })),
  );
}

function of({ name, kept }: Slot, kind: StateKind): Variable {
  const found = kept[kind];
  if (!found) throw new Error(`${name}: the trainer keeps no ${kind}`);
  return found;
}

/** The same as `clipped` of the other engine. */
function shortened(gradients: Tensors, most: number): Tensors {
  const length = sqrt(addN(Object.values(gradients).map((gradient) => sumOf(square(gradient)))));
  const factor = minimum(div(most, add(length, CLIP_EPSILON)), 1);
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, mul(gradient, factor)]));
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
  const short = options.clip ? shortened(gradients, options.clip) : gradients;
  const fresh = options.average ? 1 - averageKeeps(step, options.average) : 0;
  for (const slot of slots) {
    const { name, decay, scale } = slot;
    const param = of(slot, 'param');
    tidy(() => {
      if (decay !== 0) param.assign(mul(param.read(), 1 - learningRate * scale * decay));
    });
    tidy(() =>
      param.applyAdam(of(slot, 'm'), of(slot, 'v'), { ...common, rate: scalarOf(rate * scale) }, short[name]!),
    );
    tidy(() => {
      if (fresh === 0) return;
      const average = of(slot, 'average');
      const before = average.read();
      average.assign(add(before, mul(sub(param.read(), before), fresh)));
    });
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
