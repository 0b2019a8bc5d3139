import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph';
import { activeGraph, elementType, force, sameShape, sizeOf } from '../trace';
import type { Traced } from '../trace';
import { kernel } from './register';

const whole = (value: Value): Traced => ({ value, shape: value.shape });

/** Reshapes of reshapes start at the first one's input; a scalar that fills a tensor fills any shape. */
export function reshape(x: Traced, shape: readonly number[]): Traced {
  if (sizeOf(shape) !== sizeOf(x.shape)) throw new Error(`cannot reshape [${x.shape}] to [${shape}]`);
  if (x.value.shape.length === 0 && sizeOf(x.shape) !== 1) return { value: x.value, shape };
  let from = force(x);
  if (from.node?.op === 'Reshape') from = from.node.inputs[0]!;
  if (sameShape(from.shape, shape)) return whole(from);
  if (activeGraph().oneLayout && from.elements && from.name !== undefined)
    return whole(activeGraph().reshapedWeight(from, shape));
  return whole(activeGraph().one('Reshape', [from, activeGraph().integers(shape)], shape));
}

/** Moves axes. Where only axes of size 1 move, the numbers stay where they are. */
export function transpose(x: Traced, perm: readonly number[]): Traced {
  const shape = perm.map((axis) => x.shape[axis]!);
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return reshape(x, shape);
  const from = force(x);
  if (from.node?.op !== 'Transpose') return whole(activeGraph().one('Transpose', [from], shape, { perm }));
  const first = from.node.attributes.perm as readonly number[];
  const both = perm.map((axis) => first[axis]!);
  const origin = whole(from.node.inputs[0]!);
  return both.every((axis, i) => axis === i) ? origin : transpose(origin, both);
}

/** @param begin first index of each axis @param size how many along each axis */
export function slice(x: Traced, begin: readonly number[], size: readonly number[]): Traced {
  const cut = x.shape.flatMap((all, axis) => (size[axis] === all ? [] : [axis]));
  if (cut.length === 0) return x;
  const g = activeGraph();
  const starts = g.integers(cut.map((axis) => begin[axis]!));
  const ends = g.integers(cut.map((axis) => begin[axis]! + size[axis]!));
  return whole(g.one('Slice', [force(x), starts, ends, g.integers(cut)], size));
}

function concat(parts: readonly Traced[], axis: number): Traced {
  const at = axis < 0 ? axis + parts[0]!.shape.length : axis;
  const shape = [...parts[0]!.shape];
  shape[at] = parts.reduce((sum, part) => sum + part.shape[at]!, 0);
  if (parts.length === 1) return parts[0]!;
  return whole(activeGraph().one('Concat', parts.map(force), shape, { axis: at }));
}

function split(x: Traced, sizes: readonly number[], axis: number): Traced[] {
  const g = activeGraph();
  const outputs = sizes.map((size) => ({
    dtype: x.value.dtype,
    shape: x.shape.map((all, i) => (i === axis ? size : all)),
  }));
  return g.node('Split', [force(x), g.integers(sizes)], outputs, { axis }).map(whole);
}

function pad(x: Traced, paddings: readonly (readonly [number, number])[], value: number): Traced {
  const g = activeGraph();
  const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
  const pads = g.integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return whole(g.one('Pad', [force(x), pads, g.scalar(value)], shape));
}

function tile(x: Traced, reps: readonly number[]): Traced {
  const shape = x.shape.map((size, axis) => size * reps[axis]!);
  if (x.value.shape.length === 0) return { value: x.value, shape };
  const repeats = x.shape.every((size, axis) => size === 1 || reps[axis] === 1);
  if (repeats) return { value: force(x), shape };
  return whole(activeGraph().one('Tile', [force(x), activeGraph().integers(reps)], shape));
}

const fill = (shape: readonly number[], value: number, like: Value['dtype']): Traced => ({
  value: activeGraph().constant(like, [], like === 'float32' ? Float32Array.of(value) : Int32Array.of(value)),
  shape,
});

export function registerShape(): void {
  kernel(tf.Reshape, (k) => {
    const x = k.in('x');
    return reshape(x, tf.util.inferFromImplicitShape(k.attrs.shape as number[], sizeOf(x.shape)));
  });
  kernel(tf.ExpandDims, (k) => {
    const input = k.in('input');
    const dim = Number(k.attrs.dim);
    const shape = [...input.shape];
    shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
    return reshape(input, shape);
  });
  kernel(tf.Transpose, (k) => transpose(k.in('x'), k.attrs.perm as number[]));
  kernel(tf.Slice, (k) => {
    const x = k.in('x');
    const like = { shape: [...x.shape] } as tf.TensorInfo;
    const [begin, size] = tf.slice_util.parseSliceParams(like, k.attrs.begin as number[], k.attrs.size as number[]);
    return slice(x, begin!, size!);
  });
  kernel(tf.Concat, (k) => concat(k.list(), Number(k.attrs.axis)));
  kernel(tf.SplitV, (k) => {
    const x = k.in('x');
    const axis = tf.util.parseAxisParam(Number(k.attrs.axis), [...x.shape])[0]!;
    const like = { shape: [...x.shape] } as tf.TensorInfo;
    return split(x, tf.backend_util.prepareSplitSize(like, k.attrs.numOrSizeSplits as number | number[], axis), axis);
  });
  kernel(tf.Pack, (k) => {
    const axis = Number(k.attrs.axis);
    const parts = k.list().map((part) => reshape(part, [...part.shape.slice(0, axis), 1, ...part.shape.slice(axis)]));
    return concat(parts, axis);
  });
  kernel(tf.PadV2, (k) => pad(k.in('x'), k.attrs.paddings as [number, number][], Number(k.attrs.constantValue)));
  kernel(tf.Tile, (k) => tile(k.in('x'), k.attrs.reps as number[]));
  kernel(tf.ZerosLike, (k) => fill(k.in('x').shape, 0, k.in('x').value.dtype));
  kernel(tf.OnesLike, (k) => fill(k.in('x').shape, 1, k.in('x').value.dtype));
  kernel(tf.Fill, (k) =>
    fill(k.attrs.shape as number[], Number(k.attrs.value), elementType((k.attrs.dtype as tf.DataType) ?? 'float32')),
  );
}
