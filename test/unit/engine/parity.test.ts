import { memory } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine, loadBlock } from '@main/engine';
import type { Engine, HostTensors, TrainerOptions } from '@main/engine';
import { benchTask } from '@main/engine/bench';
import { loadNative } from '@main/engine/tensorflow/native';
import { filled, normalNumbers, randomNumbers, truncatedNormal } from '@main/model';
import { resourcePath } from '@main/project/resources';
import { tensorflowDir } from '@main/project/enginesDir';
import { ENGINES } from '../../engines';

const HERE = ENGINES.filter(({ here }) => here);
const OTHERS = HERE.filter(({ name }) => name !== 'onnx');
const TENSORFLOW = HERE.filter(({ name }) => name === 'tensorflow');
const block = await loadBlock(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'), 29);

async function losses(
  engine: Engine,
  { task, feeds }: { task: TrainerOptions; feeds: HostTensors },
): Promise<number[]> {
  const trainer = await engine.trainer(task);
  const out: number[] = [];
  for (let i = 0; i < 50; i++) out.push((await trainer.step(feeds, 1e-4 * Math.min(1, i / 10))).loss!.data[0]!);
  await trainer.dispose();
  return out;
}

describe.each(OTHERS)('$name beside onnx', (other) => {
  const same = async (work: { task: TrainerOptions; feeds: HostTensors }, falls: number): Promise<void> => {
    const expected = await losses(await createOnnxEngine(), work);
    const actual = await losses(await other.create(), work);
    expect(expected.at(-1)).toBeLessThan(falls * expected[0]!);
    actual.forEach((loss, i) => expect(Math.abs(loss - expected[i]!), `step ${i}`).toBeLessThanOrEqual(1e-4));
  };
  // Of a device that a processor plays, whole networks are held to vit-pytorch (volume-nets.reference.test.ts): 50 steps would take minutes.
  it.each(other.slow ? [] : (['absorbed', 'full', 'none'] as const))('has the losses of 50 steps, block %s', (form) =>
    same(benchTask(form, block, 2), 1 / 2),
  );

  it('has the losses of 50 steps of a small network', () => same({ task: small(), feeds: { x: X } }, 0.999));

  it('gives the same answers from the same program', async () => {
    const x = truncatedNormal(1, 'x', [4, 8, 16], 1);
    const half = {
      dtype: 'float16',
      shape: [16],
      data: Uint16Array.from({ length: 16 }, (_, i) => 0x3c00 + 64 * i),
    } as const;
    const answers = await Promise.all(
      [createOnnxEngine(), other.create()].map(async (made) => {
        const program = await (
          await made
        ).compile({
          constants: { half, w: truncatedNormal(2, 'w', [8, 16], 1) },
          inputs: { x: { dtype: 'float32', shape: x.shape } },
          apply: ({ half, w }, { x }) => {
            const scaled = tf.mul(x!, half!);
            const scores = tf.softmax(tf.matMul(tf.reshape(scaled, [32, 16]), w!, false, true));
            return {
              scores,
              pieces: tf.concat([...tf.split(scaled, 2, 1)].reverse(), 1),
              above: tf.cast(tf.greater(scaled, 0), 'float32'),
              turned: tf.transpose(tf.slice(scaled, [1, 0, 2], [2, 8, 4]), [2, 0, 1]),
              most: tf.max(scaled, -1),
            };
          },
        });
        const result = await program.run({ x });
        await program.dispose();
        return result;
      }),
    );
    const [a, b] = answers as [HostTensors, HostTensors];
    expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort());
    for (const [name, tensor] of Object.entries(a)) {
      expect(b[name]!.shape, name).toEqual(tensor.shape);
      tensor.data.forEach((value, i) => expect(b[name]!.data[i], `${name}[${i}]`).toBeCloseTo(value, 5));
    }
  });
});

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** [6, 8] */
const X = truncatedNormal(3, 'x', [6, 8], 1);

/** A network with every operator that has a derivative of its own. */
const small = (): TrainerOptions => ({
  params: {
    w: truncatedNormal(1, 'w', [12, 8], 0.5),
    gain: filled([8], 1.2),
    bias: filled([8], -0.1),
    out: truncatedNormal(2, 'out', [3, 12], 0.5),
  },
  frozen: { target: filled([6, 3], 1 / 3) },
  inputs: { x: { dtype: 'float32', shape: [6, 8] } },
  loss: (p, { target }, { x }) => {
    const centred = tf.sub(x!, tf.mean(x!, -1, true));
    const normed = tf.add(
      tf.mul(tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5))), p.gain!),
      p.bias!,
    );
    const hidden = tf.matMul(normed, p.w!, false, true);
    const logits = tf.matMul(tf.mul(hidden, tf.sigmoid(hidden)), p.out!, false, true);
    return { loss: tf.neg(tf.mean(tf.sum(tf.mul(target!, tf.logSoftmax(logits)), -1))) };
  },
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: () => 0 },
});

describe.each(HERE)('gradients of $name', (on) => {
  const vit = benchTask('absorbed', block, 1);
  const full = benchTask('full', block, 1);

  const networks: [string, TrainerOptions, HostTensors][] = [
    ['a small network', small(), { x: X }],
    ['ViT and absorbed block', vit.task, vit.feeds],
    ['ViT and full block', full.task, full.feeds],
  ];
  it.each(on.slow ? networks.slice(0, 1) : networks)('are those of finite differences: %s', async (_, task, feeds) => {
    const engine = await on.create();
    const program = await engine.gradients(task);
    const exact = await program.run(feeds);
    await program.dispose();
    const normal = normalNumbers(randomNumbers(7));
    const direction = Object.fromEntries(
      Object.entries(task.params).map(([name, { data }]) => [name, Float32Array.from(data, () => normal())]),
    );
    let slope = 0;
    for (const [name, along] of Object.entries(direction))
      along.forEach((value, i) => (slope += value * exact[`grad.${name}`]!.data[i]!));
    // One program for both sides: the values are fed instead of being constants.
    const inputs = Object.fromEntries(
      Object.entries(task.params).map(([name, { shape }]) => [`at.${name}`, { dtype: 'float32', shape } as const]),
    );
    const lossAt = await engine.compile({
      constants: task.frozen,
      inputs: { ...task.inputs, ...inputs },
      apply: (frozen, given) => {
        const params = Object.fromEntries(Object.keys(task.params).map((name) => [name, given[`at.${name}`]!]));
        return { loss: task.loss(params, frozen, given).loss };
      },
    });
    const length = Math.hypot(...Object.values(direction).map(norm));
    const h = 0.02 / length;
    const at = async (side: number): Promise<number> => {
      const moved = Object.entries(task.params).map(([name, tensor]) => {
        const data = (tensor.data as Float32Array).map((value, i) => value + side * h * direction[name]![i]!);
        return [`at.${name}`, { ...tensor, data }] as const;
      });
      return (await lossAt.run({ ...feeds, ...(Object.fromEntries(moved) as HostTensors) })).loss!.data[0]!;
    };
    const measured = ((await at(1)) - (await at(-1))) / (2 * h);
    await lossAt.dispose();
    expect(Math.abs(slope)).toBeGreaterThan(0.05);
    expect(Math.abs(measured - slope)).toBeLessThanOrEqual(0.02 * Math.abs(slope) + 2e-4);
  });
});

describe.each(TENSORFLOW)('memory of $name', (on) => {
  it('holds no tensor more after 1,000 steps than after 10', async () => {
    const engine = await on.create(1);
    const { binding } = loadNative({ dir: tensorflowDir() });
    const counts = (): number[] => [binding.getNumOfTensors(), memory().numTensors, memory().numDataBuffers];
    const before = counts();
    const trainer = await engine.trainer(small());
    for (let i = 0; i < 10; i++) await trainer.step({ x: X }, 1e-3);
    const early = counts();
    for (let i = 0; i < 990; i++) await trainer.step({ x: X }, 1e-3);
    expect(counts()).toEqual(early);
    await trainer.dispose();
    expect(counts()).toEqual(before);
  });

  it('is given back by programs and trainers of a large network', async () => {
    const engine = await on.create(1);
    const once = async (): Promise<void> => {
      const { task, feeds } = benchTask('none', block, 2);
      const trainer = await engine.trainer(task);
      await trainer.step(feeds, 1e-4);
      await trainer.dispose();
      const program = await engine.gradients(task);
      await program.run(feeds);
      await program.dispose();
    };
    for (let i = 0; i < 4; i++) await once();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 15; i++) await once();
    // 11 MB of weights, three times for Adam: 15 rounds that leak would hold more than 600 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });
});

const skipped = ENGINES.filter(({ here }) => !here);
it.skipIf(skipped.length > 0)('every engine is here', () => {
  expect(HERE.map(({ name }) => name)).toEqual(['onnx', 'tensorflow', 'onnx on webgpu']);
});
if (skipped.length > 0)
  console.warn(
    `parity with ${skipped.map(({ name }) => name).join(', ')} is not tested: not installed on this machine`,
  );
