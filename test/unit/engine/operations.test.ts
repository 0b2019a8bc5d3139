import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine } from '@main/engine';
import type { HostTensors } from '@main/engine';
import { filled, gelu, layerNorm, truncatedNormal } from '@main/model';
import type { HostFloats } from '@main/model';
import { ENGINES } from '../../engines';

type Shape = readonly number[];
type Numbers = readonly number[];

/** What each operation must answer, worked out without tensors. `a` is [2, 3], `b` [2, 3], both away from 0. */
const a = [0.5, -1.25, 2, -0.75, 1.5, 3];
const b = [1.5, 2, -0.5, 0.25, -2, 1];
const each = (f: (x: number, y: number) => number): Numbers => a.map((x, i) => f(x, b[i]!));
const of = (f: (x: number) => number): Numbers => a.map(f);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const VALUES: [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, Shape, Numbers][] = [
  ['add', (x, y) => tf.add(x, y), [2, 3], each((x, y) => x + y)],
  ['add a number', (x) => tf.add(x, 2), [2, 3], of((x) => x + 2)],
  ['add 0', (x) => tf.add(0, x), [2, 3], of((x) => x)],
  ['sub', (x, y) => tf.sub(x, y), [2, 3], each((x, y) => x - y)],
  ['0 - x', (x) => tf.sub(0, x), [2, 3], of((x) => -x)],
  ['mul', (x, y) => tf.mul(x, y), [2, 3], each((x, y) => x * y)],
  [
    'mul by ones',
    (x) => tf.mul(tf.slice(x, [0, 0], [1, 3]), tf.ones([2, 3])),
    [2, 3],
    [...a.slice(0, 3), ...a.slice(0, 3)],
  ],
  ['div', (x, y) => tf.div(x, y), [2, 3], each((x, y) => x / y)],
  ['1 / x', (x) => tf.div(1, x), [2, 3], of((x) => 1 / x)],
  ['two numbers', (x) => tf.add(x, tf.div(tf.scalar(3), tf.scalar(4))), [2, 3], of((x) => x + 0.75)],
  ['neg', (x) => tf.neg(x), [2, 3], of((x) => -x)],
  ['maximum', (x, y) => tf.maximum(x, y), [2, 3], each(Math.max)],
  ['minimum', (x, y) => tf.minimum(x, y), [2, 3], each(Math.min)],
  ['square', (x) => tf.square(x), [2, 3], of((x) => x * x)],
  ['squared difference', (x, y) => tf.squaredDifference(x, y), [2, 3], each((x, y) => (x - y) ** 2)],
  ['sqrt', (x) => tf.sqrt(tf.abs(x)), [2, 3], of((x) => Math.sqrt(Math.abs(x)))],
  ['rsqrt', (x) => tf.rsqrt(tf.square(x)), [2, 3], of((x) => 1 / Math.abs(x))],
  ['pow', (x) => tf.pow(tf.abs(x), 1.7), [2, 3], of((x) => Math.abs(x) ** 1.7)],
  ['pow 1.5', (x) => tf.pow(tf.abs(x), 1.5), [2, 3], of((x) => Math.abs(x) ** 1.5)],
  ['exp, log', (x) => tf.log(tf.exp(x)), [2, 3], of((x) => x)],
  ['tanh', (x) => tf.tanh(x), [2, 3], of(Math.tanh)],
  ['sigmoid', (x) => tf.sigmoid(x), [2, 3], of(sigmoid)],
  ['relu', (x) => tf.relu(x), [2, 3], of((x) => Math.max(0, x))],
  ['leaky relu', (x) => tf.leakyRelu(x, 0.01), [2, 3], of((x) => (x > 0 ? x : 0.01 * x))],
  ['reciprocal', (x) => tf.reciprocal(x), [2, 3], of((x) => 1 / x)],
  ['where', (x, y) => tf.where(tf.greater(x, 0), x, y), [2, 3], each((x, y) => (x > 0 ? x : y))],
  [
    'comparisons',
    (x, y) => tf.cast(tf.logicalAnd(tf.lessEqual(x, y), tf.notEqual(x, y)), 'float32'),
    [2, 3],
    each((x, y) => (x < y ? 1 : 0)),
  ],
  ['sum of all', (x) => tf.sum(x), [], [5]],
  ['sum of rows', (x) => tf.sum(x, 1), [2], [1.25, 3.75]],
  ['sum over rows', (x) => tf.sum(x, 0, true), [1, 3], [-0.25, 0.25, 5]],
  ['sum of ones', () => tf.sum(tf.ones([2, 3]), 1), [2], [3, 3]],
  ['mean', (x) => tf.mean(x, -1, true), [2, 1], [1.25 / 3, 1.25]],
  ['max', (x) => tf.max(x, 1), [2], [2, 3]],
  ['transpose', (x) => tf.transpose(x), [3, 2], [0.5, -0.75, -1.25, 1.5, 2, 3]],
  ['transpose twice', (x) => tf.transpose(tf.transpose(tf.reshape(x, [1, 2, 3]), [2, 0, 1]), [1, 2, 0]), [1, 2, 3], a],
  ['reshape', (x) => tf.reshape(tf.reshape(x, [6]), [3, -1]), [3, 2], a],
  ['expand dims', (x) => tf.expandDims(x, 1), [2, 1, 3], a],
  ['slice', (x) => tf.slice(x, [0, 1], [-1, 2]), [2, 2], [-1.25, 2, 1.5, 3]],
  [
    'concat',
    (x, y) => tf.concat([x, y], -1),
    [2, 6],
    [...a.slice(0, 3), ...b.slice(0, 3), ...a.slice(3), ...b.slice(3)],
  ],
  ['split', (x) => tf.split(x, [1, 2], 1)[1]!, [2, 2], [-1.25, 2, 1.5, 3]],
  ['stack', (x, y) => tf.stack([x, y]), [2, 2, 3], [...a, ...b]],
  [
    'pad',
    (x) =>
      tf.pad(
        x,
        [
          [0, 1],
          [1, 0],
        ],
        9,
      ),
    [3, 4],
    [9, ...a.slice(0, 3), 9, ...a.slice(3), 9, 9, 9, 9],
  ],
  ['tile', (x) => tf.tile(x, [1, 2]), [2, 6], [...a.slice(0, 3), ...a.slice(0, 3), ...a.slice(3), ...a.slice(3)]],
  ['zeros like', (x) => tf.add(tf.zerosLike(x), tf.onesLike(x)), [2, 3], [1, 1, 1, 1, 1, 1]],
  ['matMul', (x, y) => tf.matMul(x, y, false, true), [2, 2], [-2.75, 3.625, 0.375, -0.1875]],
  [
    'matMul transposed',
    (x, y) => tf.matMul(tf.transpose(x), y),
    [3, 3],
    [0, 0, 0, 0, 0, 0, 0, 0, 0].map(
      (_, i) => a[Math.floor(i / 3)]! * b[i % 3]! + a[3 + Math.floor(i / 3)]! * b[3 + (i % 3)]!,
    ),
  ],
  [
    'softmax',
    (x) => tf.softmax(x),
    [2, 3],
    [0, 3].flatMap((row) => {
      const e = a.slice(row, row + 3).map(Math.exp);
      const sum = e.reduce((p, q) => p + q);
      return e.map((v) => v / sum);
    }),
  ],
];
VALUES.find(([name]) => name === 'matMul')![3] = [0, 1].flatMap((i) =>
  [0, 1].map((j) => [0, 1, 2].reduce((sum, k) => sum + a[i * 3 + k]! * b[j * 3 + k]!, 0)),
);

const host = (shape: Shape, data: Numbers): HostFloats => ({ dtype: 'float32', shape, data: Float32Array.from(data) });

const HERE = ENGINES.filter(({ here }) => here);

describe.each(HERE)('operations of $name', (on) => {
  it.each(VALUES)('%s', async (_name, apply, shape, expected) => {
    const engine = await on.create(1);
    const spec = { dtype: 'float32', shape: [2, 3] } as const;
    const program = await engine.compile({
      constants: {},
      inputs: { a: spec, b: spec },
      apply: (_, { a: x, b: y }) => ({ result: apply(x!, y!) }),
    });
    const { result } = await program.run({ a: host([2, 3], a), b: host([2, 3], b) });
    await program.dispose();
    expect(result!.shape).toEqual(shape);
    expect(result!.data.length).toBe(expected.length);
    expected.forEach((value, i) => expect(result!.data[i]).toBeCloseTo(value, 5));
  });
});

/** Functions of x [2, 3, 4] whose derivatives are compared with differences of their values. */
const DERIVED: [string, (x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) => tf.Tensor][] = [
  ['LayerNorm', (x, gain, bias) => layerNorm(x, gain, bias, 1e-6)],
  ['GELU', (x) => gelu(tf.mul(x, 3))],
  ['softmax', (x) => tf.softmax(x)],
  ['logSoftmax', (x) => tf.logSoftmax(x)],
  ['rsqrt', (x) => tf.rsqrt(tf.add(tf.square(x), 0.5))],
  ['division', (x, gain) => tf.div(tf.add(x, gain), tf.add(tf.square(tf.add(x, 1)), 1))],
  ['sigmoid', (x) => tf.mul(x, tf.sigmoid(x))],
  ['leakyRelu', (x, gain) => tf.leakyRelu(tf.add(x, gain), 0.1)],
  ['mean and broadcast', (x, gain) => tf.mul(tf.sub(x, tf.mean(x, 1, true)), gain)],
  ['matMul of stacks', (x) => tf.matMul(x, x, false, true)],
  ['matMul with weights', (x, gain) => tf.matMul(tf.reshape(x, [6, 4]), tf.reshape(gain, [4, 1]))],
  [
    'slice, concat, transpose',
    (x) => tf.concat([tf.slice(x, [0, 1, 0], [2, 1, 4]), tf.transpose(tf.transpose(x, [0, 2, 1]), [0, 2, 1])], 1),
  ],
  ['split', (x) => tf.mul(tf.split(x, 2, 2)[0]!, tf.split(x, 2, 2)[1]!)],
  ['max', (x) => tf.max(x, -1)],
  ['where', (x) => tf.where(tf.greaterEqual(x, 0), tf.square(x), tf.exp(x))],
  ['tanh and erf', (x) => tf.tanh(tf.erf(x))],
];

describe.each(HERE)('derivatives on $name', (on) => {
  it.each(DERIVED)('%s', async (_name, apply) => {
    const engine = await on.create(1);
    const params: Record<string, HostFloats> = {
      x: truncatedNormal(5, 'x', [2, 3, 4], 0.8),
      gain: truncatedNormal(6, 'gain', [4], 0.7),
      bias: truncatedNormal(7, 'bias', [4], 0.5),
    };
    // Every element of the result counts differently, and every parameter reaches the loss.
    const lossOf = (p: Record<string, tf.Tensor>): tf.Tensor => {
      const y = apply(p.x!, p.gain!, p.bias!);
      const ramp = tf.tensor(
        Float32Array.from({ length: y.size }, (_, i) => Math.sin(i + 1)),
        y.shape,
      );
      return tf.add(tf.sum(tf.mul(y, ramp)), tf.mul(0.01, tf.add(tf.sum(p.gain!), tf.sum(p.bias!))));
    };
    const gradients = await engine.gradients({ params, frozen: {}, inputs: {}, loss: (p) => ({ loss: lossOf(p) }) });
    const answers = await gradients.run({});
    await gradients.dispose();
    if (on.slow) {
      // What differences prove on the processor stands for a device that is too slow for so many runs.
      const processor = await createOnnxEngine({ threads: 1 });
      const known = await processor.gradients({ params, frozen: {}, inputs: {}, loss: (p) => ({ loss: lossOf(p) }) });
      for (const [name, { data }] of Object.entries(await known.run({})))
        data.forEach((value, i) => expect(answers[name]!.data[i], `${name} ${i}`).toBeCloseTo(value, 4));
      await known.dispose();
      return;
    }
    const values = await engine.compile({
      constants: {},
      inputs: Object.fromEntries(Object.entries(params).map(([k, { shape }]) => [k, { dtype: 'float32', shape }])),
      apply: (_, p) => ({ loss: lossOf(p) }),
    });
    const at = async (feeds: HostTensors): Promise<number> => (await values.run(feeds)).loss!.data[0]!;
    const step = 1 / 256;
    for (const [name, tensor] of Object.entries(params))
      for (let i = 0; i < tensor.data.length; i++) {
        const moved = (by: number): HostTensors => {
          const data = tensor.data.slice();
          data[i]! += by;
          return { ...params, [name]: { ...tensor, data } };
        };
        const slope = ((await at(moved(step))) - (await at(moved(-step)))) / (2 * step);
        expect(Math.abs(answers[`grad.${name}`]!.data[i]! - slope), `${name} ${i}`).toBeLessThan(
          3e-3 * Math.max(1, Math.abs(slope)),
        );
      }
    await values.dispose();
  });
});

it('keeps a tensor of one number small without changing what it means', async () => {
  const engine = await createOnnxEngine({ threads: 1 });
  const program = await engine.compile({
    constants: { one: filled([1, 3], 1) },
    inputs: { x: { dtype: 'float32', shape: [2, 1] } },
    apply: ({ one }, { x }) => ({
      // Broadcast lazily, then reshaped, transposed, multiplied: each needs the full shape.
      wide: tf.reshape(tf.mul(x!, tf.ones([2, 3])), [3, 2]),
      turned: tf.transpose(tf.mul(x!, one!)),
      product: tf.matMul(tf.ones([2, 3]), tf.mul(tf.ones([3, 2]), tf.reshape(x!, [1, 2]))),
      alone: tf.fill([2, 2], 7),
      input: x!,
    }),
  });
  const results = await program.run({ x: host([2, 1], [1, 2]) });
  expect(Array.from(results.wide!.data)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(Array.from(results.turned!.data)).toEqual([1, 2, 1, 2, 1, 2]);
  expect(Array.from(results.product!.data)).toEqual([3, 6, 3, 6]);
  expect(Array.from(results.alone!.data)).toEqual([7, 7, 7, 7]);
  expect(Array.from(results.input!.data)).toEqual([1, 2]);
  await program.dispose();
});
