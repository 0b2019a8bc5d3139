import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph';
import { activeGraph, force, sameShape, sizeOf, uniformOf } from '../trace';
import type { Traced } from '../trace';
import { kernel } from './register';
import { reshape } from './shape';

const REDUCE: Record<string, string> = {
  [tf.Sum]: 'ReduceSum',
  [tf.Mean]: 'ReduceMean',
  [tf.Max]: 'ReduceMax',
  [tf.Min]: 'ReduceMin',
};

function reduce(op: string, x: Traced, axes: readonly number[], keepDims: boolean): Traced {
  const g = activeGraph();
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const open = axes.filter((axis) => x.shape[axis] !== 1);
  if (open.length === 0) return reshape(x, shape);
  const number = uniformOf(x);
  if (number !== undefined) {
    const count = open.reduce((product, axis) => product * x.shape[axis]!, 1);
    return { value: g.scalar(op === 'ReduceSum' ? number * count : number), shape };
  }
  if (op === 'ReduceSum' && g.differentiated && g.oneLayout && isColumnSum(x, open))
    return reshape(columnSum(force(x)), shape);
  const value = g.one(op, [force(x), g.integers(axes)], shape, { keepdims: keepDims ? 1 : 0 });
  return { value, shape };
}

/** Fewer numbers are no work either way. */
const MANY = 1 << 14;

/** Of all axes but the last: the derivative of what was added to every row. */
function isColumnSum({ value, shape }: Traced, open: readonly number[]): boolean {
  const rows = shape.slice(0, -1).flatMap((size, axis) => (size === 1 ? [] : [axis]));
  return value.dtype === 'float32' && sizeOf(shape) >= MANY && rows.length > 0 && sameShape(rows, open);
}

/** As a product with a row of ones, which takes half the time of ReduceSum on the processor. @returns [1, columns] */
function columnSum(x: Value): Traced {
  const g = activeGraph();
  const columns = x.shape.at(-1)!;
  const rows = sizeOf(x.shape) / columns;
  const ones = g.constant('float32', [1, rows], new Float32Array(rows).fill(1));
  const flat = force(reshape({ value: x, shape: x.shape }, [rows, columns]));
  const value = g.one('MatMul', [ones, flat], [1, columns]);
  return { value, shape: value.shape };
}

/** softmax over the last axis. */
function softmax(op: 'Softmax' | 'LogSoftmax', logits: Traced): Traced {
  return { value: activeGraph().one(op, [force(logits)], logits.shape, { axis: -1 }), shape: logits.shape };
}

function lastAxisOnly(name: string, logits: Traced, axis: number): void {
  if (axis !== -1 && axis !== logits.shape.length - 1) throw new Error(`${name}: only the last axis, got ${axis}`);
}

export function registerReduce(): void {
  for (const [name, op] of Object.entries(REDUCE))
    kernel(name, (k) => {
      const x = k.in('x');
      const all = (k.attrs.axis ?? k.attrs.reductionIndices ?? null) as number | number[] | null;
      const axes = tf.util.parseAxisParam(all ?? x.shape.map((_, i) => i), [...x.shape]);
      return reduce(op, x, axes, Boolean(k.attrs.keepDims));
    });
  kernel(tf.Softmax, (k) => {
    lastAxisOnly('softmax', k.in('logits'), Number(k.attrs.dim));
    return softmax('Softmax', k.in('logits'));
  });
  kernel(tf.LogSoftmax, (k) => {
    lastAxisOnly('logSoftmax', k.in('logits'), Number(k.attrs.axis));
    return softmax('LogSoftmax', k.in('logits'));
  });
}
