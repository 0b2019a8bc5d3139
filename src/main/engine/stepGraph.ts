import { adamW, clipped, packSlot, unpackSlot } from './adamw';
import type { Slot } from './adamw';
import { traceBackward } from './backward';
import { Graph } from './graph/graph';
import type { Value } from './graph/graph';
import { nextName, stateName } from './stateBuffers';
import type { StateKind } from './stateBuffers';
import { traceInto } from './trace';
import type { TrainerOptions } from './types';

/** Scalars that change from step to step, one for all slots of equal learning rate and decay. */
export const EPSILON = 'optimiser.epsilon';
/** How much of the present weights goes into their moving average. */
export const FRESH = 'optimiser.fresh';
/** By what a batch's gradients are multiplied before they are added up, and what is kept of the sum before. */
export const SHARE = 'gradients.share';
export const KEPT = 'gradients.kept';
export const rateName = ({ scale }: Slot): string => `optimiser.rate.${scale}`;
export const keepName = ({ scale, decay }: Slot): string => `optimiser.keep.${scale}.${decay}`;

export interface StepGraph {
  readonly graph: Graph;
  readonly outputs: Record<string, Value>;
}

/** What is kept from step to step. */
export const kindsOf = ({ optimiser }: Pick<TrainerOptions, 'optimiser'>): readonly StateKind[] =>
  optimiser.average ? ['param', 'm', 'v', 'average'] : ['param', 'm', 'v'];

/** Forward, backward and update in one graph. */
export function traceStep(slots: readonly Slot[], options: TrainerOptions, oneLayout: boolean): StepGraph {
  const graph = new Graph({ differentiated: true, oneLayout });
  const states = statesOf(graph, slots, kindsOf(options));
  const { outputs, gradients } = traceGradients(graph, slots, states.param!, options);
  return { graph, outputs: { ...outputs, ...traceUpdate(graph, slots, states, gradients, options) } };
}

/** Forward and backward: the sum of gradients grows by this batch's. */
export function traceSum(slots: readonly Slot[], options: TrainerOptions, oneLayout: boolean): StepGraph {
  const graph = new Graph({ differentiated: true, oneLayout });
  const { param, sum } = statesOf(graph, slots, ['param', 'sum']);
  const { outputs, gradients } = traceGradients(graph, slots, param!, options);
  const [share, kept] = [SHARE, KEPT].map((name) => graph.input(name, 'float32', [])) as [Value, Value];
  gradients.forEach((gradient, i) => {
    const { shape } = slots[i]!;
    const part = graph.one('Mul', [gradient, share], shape);
    outputs[nextName('sum', i)] = graph.one('Add', [graph.one('Mul', [sum![i]!, kept], shape), part], shape);
  });
  return { graph, outputs };
}

/** The update alone, from the sum of gradients. */
export function traceSummedUpdate(slots: readonly Slot[], options: TrainerOptions): StepGraph {
  const graph = new Graph();
  const states = statesOf(graph, slots, kindsOf(options));
  const { sum } = statesOf(graph, slots, ['sum']);
  return { graph, outputs: traceUpdate(graph, slots, states, sum!, options) };
}

type States = Partial<Record<StateKind, readonly Value[]>>;

const statesOf = (graph: Graph, slots: readonly Slot[], kinds: readonly StateKind[]): States =>
  Object.fromEntries(
    kinds.map((kind) => [kind, slots.map(({ shape }, i) => graph.input(stateName(kind, i), 'float32', shape))]),
  );

/** @returns gradients by slot, and whatever the loss function gives back */
function traceGradients(
  graph: Graph,
  slots: readonly Slot[],
  packed: readonly Value[],
  options: TrainerOptions,
): { outputs: Record<string, Value>; gradients: Value[] } {
  const unpacked = Object.assign({}, ...slots.map((slot, i) => unpackSlot(graph, slot, packed[i]!))) as Record<
    string,
    Value
  >;
  // In the caller's order, which is the order of the gradients' accumulation as well.
  const params = Object.fromEntries(Object.keys(options.params).map((name) => [name, unpacked[name]!]));
  const { outputs, gradients } = traceInto(graph, () => traceBackward(graph, params, options));
  const clash = Object.keys(outputs).find((name) => name.startsWith('next.'));
  if (clash) throw new Error(`the loss function may not name an output ${clash}`);
  return { outputs: { ...outputs }, gradients: slots.map((slot) => packSlot(graph, slot, gradients)) };
}

function traceUpdate(
  graph: Graph,
  slots: readonly Slot[],
  states: States,
  gradients: readonly Value[],
  { optimiser }: TrainerOptions,
): Record<string, Value> {
  const outputs: Record<string, Value> = {};
  const epsilon = graph.input(EPSILON, 'float32', []);
  const scalars = new Map<string, Value>();
  const scalarOf = (name: string): Value => {
    if (!scalars.has(name)) scalars.set(name, graph.input(name, 'float32', []));
    return scalars.get(name)!;
  };
  const short = optimiser.clip ? clipped(graph, gradients, optimiser.clip) : gradients;
  slots.forEach((slot, i) => {
    const rates = {
      rate: scalarOf(rateName(slot)),
      epsilon,
      keep: slot.decay === 0 ? undefined : scalarOf(keepName(slot)),
    };
    const at = { param: states.param![i]!, m: states.m![i]!, v: states.v![i]! };
    const next = adamW(graph, at, short[i]!, rates, optimiser);
    for (const kind of ['param', 'm', 'v'] as const) outputs[nextName(kind, i)] = next[kind];
    if (!optimiser.average) return;
    const average = states.average![i]!;
    const step = graph.one('Mul', [graph.one('Sub', [next.param, average], slot.shape), scalarOf(FRESH)], slot.shape);
    outputs[nextName('average', i)] = graph.one('Add', [average, step], slot.shape);
  });
  return outputs;
}
