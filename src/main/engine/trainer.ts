import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { averageKeeps, ratesAt, slotsOf } from './adamw';
import type { Slot } from './adamw';
import { encodeModel } from './graph/file';
import { feedsOf, unwrap, wrap } from './host';
import { stepBytes } from './memory';
import type { SessionLease, Sessions } from './sessions';
import { sizeOf } from './shapes';
import { DeviceState, HostState } from './state';
import type { State } from './state';
import type { StateKind } from './stateBuffers';
import {
  EPSILON,
  FRESH,
  keepName,
  KEPT,
  kindsOf,
  rateName,
  SHARE,
  traceStep,
  traceSum,
  traceSummedUpdate,
} from './stepGraph';
import type { HostTensors, Trainer, TrainerOptions } from './types';

/** A shader reads and writes 8 buffers at least, and Split and Concat take one for each piece. */
const BUFFERS = 8;

/**
 * Traces the whole step into one graph, or gradients and update into one each, and keeps its state where the graphs run, as far as
 * onnxruntime's binding lets it stay there.
 */
export async function createTrainer(sessions: Sessions, options: TrainerOptions): Promise<Trainer> {
  // What the trainer keeps is named here: the start values and the frozen ones live on in the sessions alone.
  const { inputs, optimiser, accumulates = false } = options;
  const shapes = Object.fromEntries(Object.entries(options.params).map(([name, { shape }]) => [name, shape]));
  const onDevice = sessions.place === 'webgpu';
  const slots = slotsOf(shapes, optimiser, onDevice ? BUFFERS - 1 : Infinity);
  const kinds = kindsOf(options);
  const kept = (of: readonly StateKind[]): State =>
    onDevice ? new DeviceState(slots, of, sessions) : new HostState(slots, of);
  const { leases, results } = await compiled(sessions, slots, options);
  const [update, gradients] = leases.map(({ session }) => session);
  const state = kept(kinds);
  const sums = accumulates ? kept(['sum']) : null;
  let added = 0;
  let steps = 0;
  let running = false;
  let disposed = false;
  const start = (params: HostTensors): void => {
    for (const kind of ['param', 'average'] as const) if (kinds.includes(kind)) state.fill(kind, params);
  };
  start(options.params);

  const idle = (): void => {
    if (disposed) throw new Error('the trainer was disposed');
    if (running) throw new Error('a step is still running');
  };
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    idle();
    running = true;
    try {
      return await work();
    } finally {
      running = false;
    }
  };
  const answersOf = (answer: Record<string, OrtTensor>): HostTensors =>
    Object.fromEntries(results.map((name) => [name, unwrap(answer[name]!)]));
  const asked = (): Record<string, null> => Object.fromEntries(results.map((name) => [name, null]));

  const addGradients = async (feeds: HostTensors, share: number): Promise<HostTensors> => {
    if (!sums || !gradients) throw new Error('this trainer takes every batch in a step of its own');
    const answer = await gradients.run(
      {
        ...feedsOf(inputs, feeds),
        ...state.feeds(['param']),
        ...sums.feeds(),
        [SHARE]: scalar(share),
        [KEPT]: scalar(added > 0 ? 1 : 0),
      },
      { ...sums.fetches(), ...asked() },
    );
    sums.advance(answer);
    added++;
    return answersOf(answer);
  };

  /** Scalars of the next step. */
  const scalarsOf = (learningRate: number): Record<string, OrtTensor> => {
    const rates = ratesAt(steps + 1, learningRate, optimiser);
    const scalars: Record<string, OrtTensor> = { [EPSILON]: scalar(rates.epsilon) };
    for (const slot of slots) {
      scalars[rateName(slot)] = scalar(rates.rate * slot.scale);
      if (slot.decay !== 0) scalars[keepName(slot)] = scalar(1 - learningRate * slot.scale * slot.decay);
    }
    if (optimiser.average) scalars[FRESH] = scalar(1 - averageKeeps(steps + 1, optimiser.average));
    return scalars;
  };

  return {
    add: (feeds, share) => alone(() => addGradients(feeds, share)),
    step: (feeds, learningRate, share = 1) =>
      alone(async () => {
        const summed = accumulates ? await addGradients(feeds, share) : null;
        const answer = await update!.run(
          { ...(sums ? sums.feeds() : feedsOf(inputs, feeds)), ...scalarsOf(learningRate), ...state.feeds() },
          summed ? state.fetches() : { ...state.fetches(), ...asked() },
        );
        state.advance(answer);
        steps++;
        added = 0;
        return summed ?? answersOf(answer);
      }),
    async state() {
      idle();
      const all: HostTensors = { step: { dtype: 'int32', shape: [], data: Int32Array.of(steps) } };
      for (const kind of kinds)
        for (const [name, tensor] of Object.entries(await state.read(kind))) all[`${kind}.${name}`] = tensor;
      return all;
    },
    async restore(from) {
      idle();
      const step = from.step?.data[0];
      if (step === undefined) throw new Error('the state of a trainer lacks its step');
      for (const kind of kinds) {
        const tensors = Object.keys(shapes).map((name) => [name, from[`${kind}.${name}`]] as const);
        const missing = tensors.find(([, tensor]) => !tensor);
        if (missing) throw new Error(`the state of a trainer lacks ${kind}.${missing[0]}`);
        state.fill(kind, Object.fromEntries(tensors) as HostTensors);
      }
      // What was added up before is not only of no use: where it was no number, nothing multiplies it away.
      sums?.fill('sum', zerosLike(shapes));
      steps = Number(step);
      added = 0;
    },
    async params() {
      idle();
      return state.read(optimiser.average ? 'average' : 'param');
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      // Tensors on the device go before the sessions whose device they lie on: the other way round ends the process.
      await state.dispose();
      await sums?.dispose();
      for (const lease of leases) await lease.release();
    },
  };
}

/** Bytes that training takes, from the sizes in its traced graph; nothing is run. @param oneLayout as of `Graph` */
export function trainerBytes(options: TrainerOptions, oneLayout: boolean): number {
  const shapes = Object.fromEntries(Object.entries(options.params).map(([name, { shape }]) => [name, shape]));
  const slots = slotsOf(shapes, options.optimiser);
  const { graph, outputs } = options.accumulates
    ? traceSum(slots, options, oneLayout)
    : traceStep(slots, options, oneLayout);
  const floats = slots.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const kept = kindsOf(options).length + (options.accumulates ? 1 : 0);
  return stepBytes(graph, outputs, floats * kept * Float32Array.BYTES_PER_ELEMENT);
}

/** The step's session, and where gradients are added up, of the update and then that of the gradients; all, or none where one is refused. */
async function compiled(
  sessions: Sessions,
  slots: readonly Slot[],
  options: TrainerOptions,
): Promise<{ leases: SessionLease[]; results: string[] }> {
  const graphs = options.accumulates
    ? [traceSummedUpdate(slots, options), traceSum(slots, options, sessions.oneLayout)]
    : [traceStep(slots, options, sessions.oneLayout)];
  const leases: SessionLease[] = [];
  try {
    for (const { graph, outputs } of graphs) {
      const staying = sessions.place === 'webgpu' ? Object.keys(outputs).filter(isNext) : [];
      leases.push(await sessions.acquire(encodeModel(graph, outputs, { external: true }), staying));
    }
  } catch (error) {
    for (const lease of leases) await lease.release();
    throw error;
  }
  return { leases, results: Object.keys(graphs.at(-1)!.outputs).filter((name) => !isNext(name)) };
}

const zerosLike = (shapes: Readonly<Record<string, readonly number[]>>): HostTensors =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) },
    ]),
  );

const isNext = (name: string): boolean => name.startsWith('next.');
const scalar = (value: number): OrtTensor => wrap(Float32Array.of(value), []);
