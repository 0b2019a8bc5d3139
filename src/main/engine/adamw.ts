import type { Graph, Value } from './graph/graph';
import { sizeOf } from './trace';
import type { AdamWOptions } from './types';

/** Tensors below this size share one flat buffer: an update of their own costs more in calls than in arithmetic. */
const SMALL = 1 << 14;

/** What is updated as one: a large tensor, or small ones end to end. */
export interface Slot {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly shape: readonly number[];
  readonly decay: number;
  /** Its learning rate is the step's times this. */
  readonly scale: number;
}

interface SmallOnes extends Pick<Slot, 'decay' | 'scale'> {
  readonly members: [string, readonly number[]][];
}

/**
 * Joins small tensors of equal decay and learning rate; large ones stay alone, so that their chain of operations fits a core's cache.
 * @param most tensors that one slot may join
 */
export function slotsOf(
  shapes: Readonly<Record<string, readonly number[]>>,
  options: Pick<AdamWOptions, 'decay' | 'scale'>,
  most = Infinity,
): readonly Slot[] {
  const slots: Slot[] = [];
  const open = new Map<string, SmallOnes>();
  const small: SmallOnes[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const decay = options.decay(name, shape);
    const scale = options.scale?.(name) ?? 1;
    if (sizeOf(shape) >= SMALL) {
      slots.push({ names: [name], shapes: [shape], shape, decay, scale });
      continue;
    }
    const key = `${decay} ${scale}`;
    let group = open.get(key);
    if (!group || group.members.length >= most) {
      open.set(key, (group = { decay, scale, members: [] }));
      small.push(group);
    }
    group.members.push([name, shape]);
  }
  for (const { decay, scale, members } of small)
    slots.push({
      names: members.map(([name]) => name),
      shapes: members.map(([, shape]) => shape),
      shape: members.length === 1 ? members[0]![1] : [members.reduce((sum, [, shape]) => sum + sizeOf(shape), 0)],
      decay,
      scale,
    });
  return slots;
}

/** The parameters in a slot's buffer. */
export function unpackSlot(graph: Graph, slot: Slot, buffer: Value): Record<string, Value> {
  if (slot.names.length === 1) return { [slot.names[0]!]: buffer };
  const sizes = slot.shapes.map(sizeOf);
  const pieces = graph.node(
    'Split',
    [buffer, graph.integers(sizes)],
    sizes.map((size) => ({ dtype: 'float32', shape: [size] })),
    { axis: 0 },
  );
  return Object.fromEntries(
    slot.names.map((name, i) => [
      name,
      graph.one('Reshape', [pieces[i]!, graph.integers(slot.shapes[i]!)], slot.shapes[i]!),
    ]),
  );
}

export function packSlot(graph: Graph, slot: Slot, values: Readonly<Record<string, Value>>): Value {
  if (slot.names.length === 1) return values[slot.names[0]!]!;
  const flat = slot.names.map((name, i) => {
    const size = sizeOf(slot.shapes[i]!);
    return graph.one('Reshape', [values[name]!, graph.integers([size])], [size]);
  });
  return graph.one('Concat', flat, slot.shape, { axis: 0 });
}

export interface Moments {
  readonly param: Value;
  readonly m: Value;
  readonly v: Value;
}
/** Scalars of one step. */
export interface Rates {
  readonly rate: Value;
  readonly epsilon: Value;
  /** 1 - learning rate × decay; absent where nothing decays. */
  readonly keep?: Value;
}

/**
 * One AdamW update (Loshchilov & Hutter 2019) with as few passes over memory as ONNX's operators allow: the moments are kept
 * as plain decaying sums, m / (1 - β₁) and v / (1 - β₂), and every constant factor sits in the step's scalars.
 */
export function adamW(graph: Graph, at: Moments, gradient: Value, rates: Rates, options: AdamWOptions): Moments {
  const { shape } = at.param;
  const two = (op: string, a: Value, b: Value): Value => graph.one(op, [a, b], shape);
  const m = two('Add', two('Mul', at.m, graph.scalar(options.beta1)), gradient);
  const v = two('Add', two('Mul', at.v, graph.scalar(options.beta2)), two('Mul', gradient, gradient));
  const direction = two('Div', m, two('Add', graph.one('Sqrt', [v], shape), rates.epsilon));
  const kept = rates.keep ? two('Mul', at.param, rates.keep) : at.param;
  return { param: two('Sub', kept, two('Mul', direction, rates.rate)), m, v };
}

/**
 * Gradients shortened to a length that they have together (Pascanu et al. 2013), as PyTorch's `clip_grad_norm_`.
 * @param gradients by slot
 */
export function clipped(graph: Graph, gradients: readonly Value[], most: number): Value[] {
  const squares = gradients.map((gradient) => {
    const flat = graph.one('Reshape', [gradient, graph.integers([-1])], [sizeOf(gradient.shape)]);
    return graph.one('ReduceSumSquare', [flat], [], { keepdims: 0 });
  });
  const length = graph.one('Sqrt', [squares.reduce((a, b) => graph.one('Add', [a, b], []))], []);
  const room = graph.one('Div', [graph.scalar(most), graph.one('Add', [length, graph.scalar(CLIP_EPSILON)], [])], []);
  const factor = graph.one('Min', [room, graph.scalar(1)], []);
  return gradients.map((gradient) => graph.one('Mul', [gradient, factor], gradient.shape));
}

/** As PyTorch's: a gradient of zeros is divided by something. */
export const CLIP_EPSILON = 1e-6;

/**
 * What a moving average keeps at step `t` (from 1). Young ones keep less, (1 + t) / (10 + t), as TensorFlow's
 * `ExponentialMovingAverage` has it: a run of some hundred steps would else average its start values.
 */
export const averageKeeps = (t: number, keeps: number): number => Math.min(keeps, (1 + t) / (10 + t));

/** The scalars of step `t` (counted from 1), in double precision until the end. */
export function ratesAt(t: number, learningRate: number, options: AdamWOptions): { rate: number; epsilon: number } {
  const { beta1, beta2 } = options;
  const spread = Math.sqrt((1 - beta2 ** t) / (1 - beta2));
  return {
    rate: ((learningRate * (1 - beta1)) / (1 - beta1 ** t)) * spread,
    epsilon: options.epsilon * spread,
  };
}
