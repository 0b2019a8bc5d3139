import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { adamW, packSlot, ratesAt, slotsOf, unpackSlot } from './adamw';
import type { Moments, Slot } from './adamw';
import { traceBackward } from './backward';
import { encodeModel } from './graph/file';
import { Graph } from './graph/graph';
import type { Value } from './graph/graph';
import { feedsOf, unwrap, wrap } from './host';
import { stepBytes } from './memory';
import type { Sessions } from './sessions';
import { DeviceState, HostState, KINDS, nextName, stateName } from './state';
import type { Kind, State } from './state';
import { sizeOf, traceInto } from './trace';
import type { HostTensors, Trainer, TrainerOptions } from './types';

const EPSILON = 'optimiser.epsilon';
/** Scalars that change from step to step, one for all slots of equal learning rate and decay. */
const rateName = ({ scale }: Slot): string => `optimiser.rate.${scale}`;
const keepName = ({ scale, decay }: Slot): string => `optimiser.keep.${scale}.${decay}`;
/** A shader reads and writes 8 buffers at least, and Split and Concat take one for each piece. */
const BUFFERS = 8;

/** Traces the whole step into one graph and keeps its state where the graph runs, as far as onnxruntime's binding lets it stay there. */
export async function createTrainer(sessions: Sessions, options: TrainerOptions): Promise<Trainer> {
  // What the trainer keeps is named here: the start values and the frozen ones live on in the session alone.
  const { inputs, optimiser } = options;
  const shapes = Object.fromEntries(Object.entries(options.params).map(([name, { shape }]) => [name, shape]));
  const onDevice = sessions.place === 'webgpu';
  const slots = slotsOf(shapes, optimiser, onDevice ? BUFFERS - 1 : Infinity);
  const { graph, outputs } = traceStep(slots, options);
  const [next, results] = [true, false].map((wanted) =>
    Object.keys(outputs).filter((name) => name.startsWith('next.') === wanted),
  ) as [string[], string[]];
  const lease = await sessions.acquire(encodeModel(graph, outputs, { external: true }), onDevice ? next : []);
  const state: State = onDevice ? new DeviceState(slots, sessions) : new HostState(slots);
  let steps = 0;
  let running = false;
  let disposed = false;
  state.fill('param', options.params);

  const idle = (): void => {
    if (disposed) throw new Error('the trainer was disposed');
    if (running) throw new Error('a step is still running');
  };
  return {
    async step(feeds, learningRate) {
      idle();
      running = true;
      try {
        const rates = ratesAt(steps + 1, learningRate, optimiser);
        const scalars: Record<string, OrtTensor> = { [EPSILON]: scalar(rates.epsilon) };
        for (const slot of slots) {
          scalars[rateName(slot)] = scalar(rates.rate * slot.scale);
          if (slot.decay !== 0) scalars[keepName(slot)] = scalar(1 - learningRate * slot.scale * slot.decay);
        }
        const fetches: Record<string, OrtTensor | null> = state.fetches();
        for (const name of results) fetches[name] = null;
        const answer = await lease.session.run({ ...feedsOf(inputs, feeds), ...scalars, ...state.feeds() }, fetches);
        state.advance(answer);
        steps++;
        return Object.fromEntries(results.map((name) => [name, unwrap(answer[name]!)]));
      } finally {
        running = false;
      }
    },
    async state() {
      idle();
      const all: HostTensors = { step: { dtype: 'int32', shape: [], data: Int32Array.of(steps) } };
      for (const kind of KINDS)
        for (const [name, tensor] of Object.entries(await state.read(kind))) all[`${kind}.${name}`] = tensor;
      return all;
    },
    async restore(from) {
      idle();
      const step = from.step?.data[0];
      if (step === undefined) throw new Error('the state of a trainer lacks its step');
      for (const kind of KINDS) {
        const tensors = Object.keys(shapes).map((name) => [name, from[`${kind}.${name}`]] as const);
        const missing = tensors.find(([, tensor]) => !tensor);
        if (missing) throw new Error(`the state of a trainer lacks ${kind}.${missing[0]}`);
        state.fill(kind, Object.fromEntries(tensors) as HostTensors);
      }
      steps = Number(step);
    },
    async params() {
      idle();
      return state.read('param');
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      // Tensors on the device go before the session whose device they lie on: the other way round ends the process.
      await state.dispose();
      await lease.release();
    },
  };
}

/** Bytes that training takes, from the sizes in its traced graph; nothing is run. */
export function trainerBytes(options: TrainerOptions): number {
  const shapes = Object.fromEntries(Object.entries(options.params).map(([name, { shape }]) => [name, shape]));
  const slots = slotsOf(shapes, options.optimiser);
  const { graph, outputs } = traceStep(slots, options);
  const floats = slots.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return stepBytes(graph, outputs, floats * KINDS.length * Float32Array.BYTES_PER_ELEMENT);
}

const scalar = (value: number): OrtTensor => wrap(Float32Array.of(value), []);

function traceStep(slots: readonly Slot[], options: TrainerOptions): { graph: Graph; outputs: Record<string, Value> } {
  const graph = new Graph(true);
  const states = slots.map((slot, i): Moments => {
    const input = (kind: Kind): Value => graph.input(stateName(kind, i), 'float32', slot.shape);
    return { param: input('param'), m: input('m'), v: input('v') };
  });
  const unpacked = Object.assign({}, ...slots.map((slot, i) => unpackSlot(graph, slot, states[i]!.param))) as Record<
    string,
    Value
  >;
  // In the caller's order, which is the order of the gradients' accumulation as well.
  const params = Object.fromEntries(Object.keys(options.params).map((name) => [name, unpacked[name]!]));
  const { outputs, gradients } = traceInto(graph, () => traceBackward(graph, params, options));
  const clash = Object.keys(outputs).find((name) => name.startsWith('next.'));
  if (clash) throw new Error(`the loss function may not name an output ${clash}`);

  const epsilon = graph.input(EPSILON, 'float32', []);
  const scalars = new Map<string, Value>();
  const scalarOf = (name: string): Value => {
    if (!scalars.has(name)) scalars.set(name, graph.input(name, 'float32', []));
    return scalars.get(name)!;
  };
  slots.forEach((slot, i) => {
    const gradient = packSlot(graph, slot, gradients);
    const rates = {
      rate: scalarOf(rateName(slot)),
      epsilon,
      keep: slot.decay === 0 ? undefined : scalarOf(keepName(slot)),
    };
    const next = adamW(graph, states[i]!, gradient, rates, options.optimiser);
    for (const kind of KINDS) outputs[nextName(kind, i)] = next[kind];
  });
  return { graph, outputs };
}
