import * as tf from '@tensorflow/tfjs-core';
import type { ElementType } from '../graph/graph';
import { activeGraph, elementType, sameShape, uniformOf } from '../trace';
import type { Traced } from '../trace';
import { kernel } from './register';

/** A function of single numbers, written on the small form of a tensor that only repeats values. */
export function unary(op: string, x: Traced, dtype: ElementType = x.value.dtype): Traced {
  return { value: activeGraph().one(op, [x.value], x.value.shape, {}, dtype), shape: x.shape };
}

const FOLD: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

/** A function of two numbers with broadcasting. What changes nothing (times 1, plus 0) costs nothing. */
export function binary(op: string, a: Traced, b: Traced, dtype: ElementType = a.value.dtype): Traced {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  const numberA = uniformOf(a);
  const numberB = uniformOf(b);
  const fold = FOLD[op];
  if (fold && numberA !== undefined && numberB !== undefined && dtype === 'float32')
    return { value: activeGraph().scalar(fold(numberA, numberB)), shape };
  if (numberB === 1 && (op === 'Mul' || op === 'Div')) return { value: a.value, shape };
  if (numberA === 1 && op === 'Mul') return { value: b.value, shape };
  if (numberB === 0 && (op === 'Add' || op === 'Sub')) return { value: a.value, shape };
  if (numberA === 0 && op === 'Add') return { value: b.value, shape };
  if (op === 'Add') {
    const product = withBias(a, b) ?? withBias(b, a);
    if (product) return product;
  }
  const small = tf.broadcast_util.assertAndGetBroadcastShape([...a.value.shape], [...b.value.shape]);
  return { value: activeGraph().one(op, [a.value, b.value], small, {}, dtype), shape };
}

/** x W + b as one Gemm, where `a` is a plain matrix product and `b` one number a column. */
function withBias(a: Traced, b: Traced): Traced | undefined {
  const { node, shape } = a.value;
  const product =
    node && (node.op === 'MatMul' || node.op === 'Gemm') && node.inputs.length === 2 && shape.length === 2;
  if (!product || b.value.shape.length !== 1 || b.value.shape[0] !== shape[1] || a.shape.length !== 2) return undefined;
  const attributes = node.op === 'Gemm' ? node.attributes : { transA: 0, transB: 0 };
  return { value: activeGraph().one('Gemm', [...node.inputs, b.value], shape, attributes), shape };
}

const scalar = (value: number): Traced => ({ value: activeGraph().scalar(value), shape: [] });

/** tfjs writes the derivative of 1/√x with x^1.5, which a general power computes tens of times slower than x√x. */
function power(a: Traced, b: Traced): Traced {
  switch (uniformOf(b)) {
    case 0.5:
      return unary('Sqrt', a);
    case 1.5:
      return binary('Mul', a, unary('Sqrt', a));
    case 2:
      return binary('Mul', a, a);
    default:
      return binary('Pow', a, b);
  }
}

const UNARY: Record<string, string> = {
  [tf.Neg]: 'Neg',
  [tf.Sqrt]: 'Sqrt',
  [tf.Exp]: 'Exp',
  [tf.Log]: 'Log',
  [tf.Erf]: 'Erf',
  [tf.Sigmoid]: 'Sigmoid',
  [tf.Softplus]: 'Softplus',
  [tf.Tanh]: 'Tanh',
  [tf.Relu]: 'Relu',
  [tf.Abs]: 'Abs',
  [tf.Sign]: 'Sign',
  [tf.Reciprocal]: 'Reciprocal',
  [tf.LogicalNot]: 'Not',
};
const BINARY: Record<string, string> = {
  [tf.Add]: 'Add',
  [tf.Sub]: 'Sub',
  [tf.Multiply]: 'Mul',
  [tf.RealDiv]: 'Div',
  [tf.Maximum]: 'Max',
  [tf.Minimum]: 'Min',
};
const COMPARE: Record<string, string> = {
  [tf.Equal]: 'Equal',
  [tf.Greater]: 'Greater',
  [tf.GreaterEqual]: 'GreaterOrEqual',
  [tf.Less]: 'Less',
  [tf.LessEqual]: 'LessOrEqual',
  [tf.LogicalAnd]: 'And',
  [tf.LogicalOr]: 'Or',
};

export function registerElementwise(): void {
  for (const [name, op] of Object.entries(UNARY)) kernel(name, (k) => unary(op, k.in('x')));
  for (const [name, op] of Object.entries(BINARY)) kernel(name, (k) => binary(op, k.in('a'), k.in('b')));
  for (const [name, op] of Object.entries(COMPARE)) kernel(name, (k) => binary(op, k.in('a'), k.in('b'), 'bool'));
  kernel(tf.NotEqual, (k) => unary('Not', binary('Equal', k.in('a'), k.in('b'), 'bool')));
  kernel(tf.Pow, (k) => power(k.in('a'), k.in('b')));
  kernel(tf.Square, (k) => binary('Mul', k.in('x'), k.in('x')));
  kernel(tf.SquaredDifference, (k) => power(binary('Sub', k.in('a'), k.in('b')), scalar(2)));
  kernel(tf.Rsqrt, (k) => unary('Reciprocal', unary('Sqrt', k.in('x'))));
  kernel(tf.AddN, (k) => k.list().reduce((a, b) => binary('Add', a, b)));
  kernel(tf.LeakyRelu, (k) => {
    const x = k.in('x');
    const alpha = { float: Number(k.attrs.alpha) };
    return { value: activeGraph().one('LeakyRelu', [x.value], x.value.shape, { alpha }), shape: x.shape };
  });
  kernel(tf.Step, (k) => cast(binary('Greater', k.in('x'), scalar(0), 'bool'), 'float32'));
  kernel(tf.Cast, (k) => cast(k.in('x'), elementType(k.attrs.dtype as tf.DataType)));
  kernel(tf.Identity, (k) => k.in('x'));
  kernel(tf.Select, (k) => select(k.in('condition'), k.in('t'), k.in('e')));
}

function cast(x: Traced, dtype: ElementType): Traced {
  if (x.value.dtype === dtype) return x;
  const to = { float32: 1, int32: 6, int64: 7, bool: 9 }[dtype];
  return { value: activeGraph().one('Cast', [x.value], x.value.shape, { to }, dtype), shape: x.shape };
}

function select(condition: Traced, t: Traced, e: Traced): Traced {
  const parts = [condition, t, e];
  const shape = parts.map((p) => [...p.shape]).reduce(tf.broadcast_util.assertAndGetBroadcastShape);
  const small = parts.map((p) => [...p.value.shape]).reduce(tf.broadcast_util.assertAndGetBroadcastShape);
  if (!sameShape(shape, t.shape)) throw new Error(`where: expected operands of shape ${shape}, got ${t.shape}`);
  return {
    value: activeGraph().one(
      'Where',
      parts.map((p) => p.value),
      small,
      {},
      t.value.dtype,
    ),
    shape,
  };
}
