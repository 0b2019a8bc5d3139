import { engine as tfEngine } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine } from '@main/engine';
import type { Engine, HostTensors, Trainer, TrainerOptions } from '@main/engine';
import { filled, truncatedNormal } from '@main/model';
import type { HostFloats } from '@main/model';
import { ENGINES } from '../../engines';

const X = { dtype: 'float32', shape: [2, 3] } as const;
const x: HostFloats = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const numbers = (tensors: HostTensors, name: string): number[] => Array.from(tensors[name]!.data);

const scaleBy = (engine: Engine, by: number): ReturnType<Engine['compile']> =>
  engine.compile({ constants: {}, inputs: { x: X }, apply: (_, inputs) => ({ y: tf.mul(inputs.x!, by) }) });

describe('programs', () => {
  it('say which operation the tracer lacks, and leave the next trace in order', async () => {
    const engine = await createOnnxEngine({ threads: 1 });
    const lacking = async (): Promise<unknown> =>
      engine.compile({ constants: {}, inputs: { x: X }, apply: (_, inputs) => ({ y: tf.cumsum(inputs.x!, 1) }) });
    await expect(lacking()).rejects.toThrow(/Cumsum.*ONNX tracer cannot write/);
    const program = await scaleBy(engine, 2);
    expect(numbers(await program.run({ x }), 'y')).toEqual([2, 4, 6, 8, 10, 12]);
    await program.dispose();
  });

  it('refuse to look at values and at tensors of another trace', async () => {
    const engine = await createOnnxEngine({ threads: 1 });
    let kept: tf.Tensor | undefined;
    const looking = async (): Promise<unknown> =>
      engine.compile({
        constants: {},
        inputs: { x: X },
        apply: (_, inputs) => ({ y: tf.scalar(inputs.x!.dataSync()[0]!) }),
      });
    await expect(looking()).rejects.toThrow(/may not look at values/);
    const program = await engine.compile({
      constants: {},
      inputs: { x: X },
      apply: (_, inputs) => ({ y: (kept = tf.mul(inputs.x!, 3)) }),
    });
    const mixing = async (): Promise<unknown> =>
      engine.compile({ constants: {}, inputs: { x: X }, apply: (_, inputs) => ({ y: tf.add(inputs.x!, kept!) }) });
    await expect(mixing()).rejects.toThrow(/disposed|outside of the trace/);
    await program.dispose();
  });

  it('name the input that is missing, unknown or of another shape', async () => {
    const program = await scaleBy(await createOnnxEngine({ threads: 1 }), 2);
    await expect(program.run({})).rejects.toThrow(/input x was not given/);
    await expect(program.run({ x, z: x })).rejects.toThrow(/no input named z/);
    await expect(program.run({ x: { ...x, shape: [3, 2] } })).rejects.toThrow(
      /x: expected float32 \[2,3\], got float32 \[3,2\]/,
    );
    await expect(program.run({ x: { ...x, data: x.data.slice(1) } })).rejects.toThrow(/x: expected 6 numbers/);
    await program.dispose();
    await expect(program.run({ x })).rejects.toThrow(/disposed/);
    await program.dispose();
  });

  it('take half precision constants and int32 inputs', async () => {
    const engine = await createOnnxEngine({ threads: 1 });
    const program = await engine.compile({
      constants: { half: { dtype: 'float16', shape: [4], data: Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7bff) } },
      inputs: { n: { dtype: 'int32', shape: [1] } },
      apply: ({ half }, { n }) => ({ y: tf.mul(half!, tf.cast(n!, 'float32')) }),
    });
    const results = await program.run({ n: { dtype: 'int32', shape: [1], data: Int32Array.of(2) } });
    expect(numbers(results, 'y')).toEqual([2, -5, 2 ** -23, 131008]);
    await program.dispose();
  });

  it('keep their results when they are gone', async () => {
    const program = await scaleBy(await createOnnxEngine({ threads: 1 }), 5);
    const results = await program.run({ x });
    await program.dispose();
    expect(numbers(results, 'y')).toEqual([5, 10, 15, 20, 25, 30]);
  });

  it('share a session where function, shapes and constants are the same, until the last is disposed', async () => {
    const engine = await createOnnxEngine({ threads: 1 });
    const first = await scaleBy(engine, 7);
    const second = await scaleBy(engine, 7);
    await first.dispose();
    await first.dispose();
    expect(numbers(await second.run({ x }), 'y')).toEqual([7, 14, 21, 28, 35, 42]);
    await second.dispose();
  });

  it('do not share what only looks alike: equal functions of other weights', async () => {
    const engine = await createOnnxEngine({ threads: 1 });
    const make = (value: number): ReturnType<Engine['compile']> =>
      engine.compile({
        constants: { w: filled([64, 64], value) },
        inputs: { v: { dtype: 'float32', shape: [1, 64] } },
        apply: ({ w }, { v }) => ({ y: tf.sum(tf.matMul(v!, w!)) }),
      });
    const [one, two] = await Promise.all([make(1), make(2)]);
    const v = filled([1, 64], 1);
    expect(numbers(await one.run({ v }), 'y')).toEqual([4096]);
    expect(numbers(await two.run({ v }), 'y')).toEqual([8192]);
    await one.dispose();
    await two.dispose();
  });

  it('give their memory back', async () => {
    const engine = await createOnnxEngine({ threads: 1 });
    const side = 2048; // 16 MB of weights
    const once = async (value: number): Promise<void> => {
      const program = await engine.compile({
        constants: { w: filled([side, side], value) },
        inputs: { v: { dtype: 'float32', shape: [1, side] } },
        apply: ({ w }, { v }) => ({ y: tf.matMul(v!, w!) }),
      });
      await program.run({ v: filled([1, side], 1) });
      await program.dispose();
    };
    for (let i = 0; i < 3; i++) await once(i + 1);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) await once(i + 1);
    // Without release 20 programs hold 320 MB, or twice that with packed copies.
    expect(process.memoryUsage().rss - before).toBeLessThan(160e6);
  });
});

describe('engines in one process', () => {
  it('do not disturb each other, nor leave a tfjs backend behind', async () => {
    const [a, b] = await Promise.all([createOnnxEngine({ threads: 1 }), createOnnxEngine({ threads: 2 })]);
    const programs = await Promise.all([scaleBy(a, 2), scaleBy(b, 3), scaleBy(a, 4), scaleBy(b, 5)]);
    const answers = await Promise.all(programs.map((program) => program.run({ x })));
    expect(answers.map((answer) => answer.y!.data[0])).toEqual([2, 3, 4, 5]);
    await Promise.all(programs.map((program) => program.dispose()));
    expect(tfEngine().memory().numTensors).toBe(0);
    expect(() => tf.add(1, 2)).toThrow(/inside of a network function/);
  });
});

/** Linear regression with a vector that does not decay. */
const regression = (rows = 8): TrainerOptions => ({
  params: { w: truncatedNormal(1, 'w', [200, 100], 0.1), b: filled([200], 0), c: filled([1], 0.5) },
  frozen: { shift: filled([200], 0.25) },
  inputs: { x: { dtype: 'float32', shape: [rows, 100] }, y: { dtype: 'float32', shape: [rows, 200] } },
  loss: (p, frozen, inputs) => {
    const guess = tf.add(tf.add(tf.matMul(inputs.x!, p.w!, false, true), p.b!), tf.mul(frozen.shift!, p.c!));
    return { loss: tf.mean(tf.square(tf.sub(guess, inputs.y!))), guess };
  },
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: (_, shape) => (shape.length > 1 ? 0.05 : 0) },
});
const batch = (seed: number): HostTensors => ({
  x: truncatedNormal(seed, 'x', [8, 100], 1),
  y: truncatedNormal(seed, 'y', [8, 200], 1),
});

describe.each(ENGINES.filter(({ here }) => here))('trainers of $name', (on) => {
  it('learn, and return what the loss function returns', async () => {
    const trainer = await (await on.create(1)).trainer(regression());
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) {
      const results = await trainer.step(batch(1), 1e-2);
      losses.push(results.loss!.data[0]!);
      expect(results.guess!.shape).toEqual([8, 200]);
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 20);
    await trainer.dispose();
    await expect(trainer.step(batch(1), 1e-2)).rejects.toThrow(/disposed/);
  });

  it('learn with more small parameters than a deep network has', async () => {
    const small = Array.from({ length: 200 }, (_, i) => `b${i}`);
    const trainer = await (
      await on.create(1)
    ).trainer({
      params: Object.fromEntries(small.map((name, i) => [name, filled([2], i)])),
      frozen: {},
      inputs: {},
      loss: (p) => ({
        loss: small.map((name) => tf.mean(tf.square(p[name]!))).reduce((a, b) => tf.add(a, b)) as tf.Scalar,
      }),
      optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: () => 0 },
    });
    await trainer.step({}, 0.5);
    const params = await trainer.params();
    // Adam's first step is the rate, whatever the gradient's length.
    expect(small.map((name) => params[name]!.data[1])).toEqual(
      small.map((_, i) => (i === 0 ? 0 : (expect.closeTo(i - 0.5, 3) as number))),
    );
    await trainer.dispose();
  });

  it('go on bit for bit from a saved state', async () => {
    const engine = await on.create(2);
    const through = await engine.trainer(regression());
    const first = await engine.trainer(regression());
    const second = await engine.trainer(regression());
    for (let i = 0; i < 6; i++) await through.step(batch(i), 1e-2 / (i + 1));
    for (let i = 0; i < 3; i++) await first.step(batch(i), 1e-2 / (i + 1));
    await second.step(batch(99), 0.5);
    const state = await first.state();
    expect(state.step!.data[0]).toBe(3);
    await first.step(batch(42), 0.5); // the state is a copy
    await second.restore(state);
    for (let i = 3; i < 6; i++) await second.step(batch(i), 1e-2 / (i + 1));
    const [expected, actual] = [await through.state(), await second.state()];
    expect(Object.keys(actual).sort()).toEqual(
      ['step', ...['param', 'm', 'v'].flatMap((kind) => ['b', 'c', 'w'].map((name) => `${kind}.${name}`))].sort(),
    );
    for (const [name, tensor] of Object.entries(expected)) expect(actual[name], name).toEqual(tensor);
    for (const trainer of [through, first, second]) await trainer.dispose();
  });

  /** All that a trainer can do beside: an average, shorter gradients, several batches a step. */
  const rich = (options: TrainerOptions = regression()): TrainerOptions => ({
    ...options,
    accumulates: true,
    optimiser: { ...options.optimiser, clip: 0.5, average: 0.9 },
  });

  it('go on bit for bit with an average of the weights and gradients of several batches', async () => {
    const engine = await on.create(2);
    const [through, first, second] = [
      await engine.trainer(rich()),
      await engine.trainer(rich()),
      await engine.trainer(rich()),
    ];
    const step = async (trainer: Trainer, i: number): Promise<void> => {
      await trainer.add(batch(2 * i), 0.5);
      await trainer.step(batch(2 * i + 1), 1e-2, 0.5);
    };
    for (let i = 0; i < 4; i++) await step(through, i);
    for (let i = 0; i < 2; i++) await step(first, i);
    // What waits for a step is forgotten, were it no number.
    const broken = batch(99);
    broken.x!.data.fill(NaN);
    await second.add(broken, 1);
    await second.step(broken, 1e-2);
    await second.add(broken, 1);
    await second.restore(await first.state());
    for (let i = 2; i < 4; i++) await step(second, i);
    const [expected, actual] = [await through.state(), await second.state()];
    for (const [name, tensor] of Object.entries(expected)) expect(actual[name], name).toEqual(tensor);
    expect(await second.params()).toEqual(await through.params());
    for (const trainer of [through, first, second]) await trainer.dispose();
  });

  it('take the gradients of two batches as those of both at once', async () => {
    const engine = await on.create(1);
    const [parts, whole] = [
      await engine.trainer({ ...regression(4), accumulates: true }),
      await engine.trainer(regression(12)),
    ];
    const { x, y } = { x: truncatedNormal(5, 'x', [12, 100], 1), y: truncatedNormal(5, 'y', [12, 200], 1) };
    const rows = (from: number): HostTensors => ({
      x: { ...x, shape: [4, 100], data: x.data.slice(from * 100, (from + 4) * 100) },
      y: { ...y, shape: [4, 200], data: y.data.slice(from * 200, (from + 4) * 200) },
    });
    for (let i = 0; i < 3; i++) {
      await parts.add(rows(0), 1 / 3);
      await parts.add(rows(4), 1 / 3);
      await parts.step(rows(8), 1e-2, 1 / 3);
      await whole.step({ x, y }, 1e-2);
    }
    const [a, b] = [await parts.params(), await whole.params()];
    for (const [name, { data }] of Object.entries(b))
      data.forEach((value, i) => expect(Math.abs(a[name]!.data[i]! - value)).toBeLessThan(1e-5));
    for (const trainer of [parts, whole]) await trainer.dispose();
  });

  it('shorten long gradients to a length that they have together, and leave short ones', async () => {
    const engine = await on.create(1);
    const { optimiser, ...task } = regression();
    const program = await engine.gradients(task);
    const gradients = await program.run(batch(1));
    await program.dispose();
    const squares = Object.entries(gradients)
      .filter(([name]) => name.startsWith('grad.'))
      .flatMap(([, { data }]) => [...data].map((value) => value * value));
    const length = Math.sqrt(squares.reduce((a, b) => a + b, 0));
    const momentsAt = async (clip: number | null): Promise<HostTensors> => {
      const trainer = await engine.trainer({ ...task, optimiser: { ...optimiser, clip } });
      await trainer.step(batch(1), 1e-2);
      const state = await trainer.state();
      await trainer.dispose();
      return state;
    };
    const plain = await momentsAt(null);
    const cases = [
      [length / 4, 1 / 4],
      [length * 4, 1],
    ] as const;
    for (const [clip, factor] of on.slow ? cases.slice(0, 1) : cases) {
      const short = await momentsAt(clip);
      for (const name of ['m.w', 'm.b', 'm.c'])
        plain[name]!.data.forEach((value, i) =>
          expect(Math.abs(short[name]!.data[i]! - factor * value)).toBeLessThanOrEqual(1e-4 * Math.abs(value) + 1e-9),
        );
    }
  });

  it('give the moving average of the weights, young ones short', async () => {
    const keeps = 0.4;
    const { optimiser, ...task } = regression();
    const trainer = await (await on.create(1)).trainer({ ...task, optimiser: { ...optimiser, average: keeps } });
    const average = Float64Array.from(task.params.w!.data);
    for (let t = 1; t <= 8; t++) {
      await trainer.step(batch(t), 1e-2);
      const now = (await trainer.state())['param.w']!.data;
      const kept = Math.min(keeps, (1 + t) / (10 + t));
      average.forEach((value, i) => (average[i] = kept * value + (1 - kept) * now[i]!));
    }
    const { w } = await trainer.params();
    average.forEach((value, i) => expect(w!.data[i]).toBeCloseTo(value, 5));
    await trainer.dispose();
  });

  it('stay as they were when a step is refused', async () => {
    const trainer = await (await on.create(1)).trainer(regression());
    await trainer.step(batch(1), 1e-2);
    const before = await trainer.state();
    await expect(trainer.step({ x: batch(1).x! }, 1e-2)).rejects.toThrow(/input y was not given/);
    expect(await trainer.state()).toEqual(before);
    await expect(trainer.restore({ step: before.step! })).rejects.toThrow(/lacks param\.w/);
    await trainer.dispose();
  });

  it('refuse parameters that do not reach the loss, by name', async () => {
    const engine = await on.create(1);
    const task = regression();
    const idle = { ...task, params: { ...task.params, idle: filled([3], 1) } };
    // What is traced is known before the first step.
    const first = async (): Promise<unknown> => (await engine.trainer(idle)).step(batch(1), 1e-2);
    await expect(first()).rejects.toThrow(/do not reach the loss.*idle/);
  });
});
