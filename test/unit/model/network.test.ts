import { concat, mean, reshape, slice } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine } from '@main/engine';
import {
  classify,
  crossEntropy,
  decays,
  encode,
  filled,
  HEAD_EPSILON,
  layerNorm,
  linear,
  randomLike,
  refusedCombination,
  residual,
  truncatedNormal,
} from '@main/model';
import type { EncoderConfig, HostParams, Tensors } from '@main/model';

const run = async (
  constants: HostParams,
  apply: (constants: Tensors) => Tensors,
): Promise<Record<string, readonly number[]>> => {
  const engine = await createOnnxEngine({ threads: 1 });
  const program = await engine.compile({ constants, inputs: {}, apply });
  const results = await program.run({});
  await program.dispose();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data)]));
};

describe('the head', () => {
  it('reads CLS beside the mean patch of the normalised tokens', async () => {
    const constants = {
      y: truncatedNormal(1, 'y', [2, 5, 4], 1),
      'norm.weight': truncatedNormal(2, 'g', [4], 1),
      'norm.bias': truncatedNormal(3, 'b', [4], 1),
      'head.weight': truncatedNormal(4, 'w', [3, 8], 1),
      'head.bias': truncatedNormal(5, 'c', [3], 1),
    };
    const { quick, plain } = await run(constants, (p) => {
      const tokens = layerNorm(p.y!, p['norm.weight']!, p['norm.bias']!, HEAD_EPSILON);
      const cls = reshape(slice(tokens, [0, 0, 0], [2, 1, 4]), [2, 4]);
      const pooled = concat([cls, mean(slice(tokens, [0, 1, 0], [2, 4, 4]), 1)], 1);
      return { quick: classify(p, p.y!, 'cls-mean'), plain: linear(pooled, p['head.weight']!, p['head.bias']!) };
    });
    quick!.forEach((value, i) => expect(value).toBeCloseTo(plain![i]!, 5));
  });
});

describe('the loss', () => {
  it('leaves out rows of weight 0, and is the mean where no weights are given', async () => {
    const logits = truncatedNormal(1, 'logits', [3, 2], 2);
    const targets = { ...filled([3, 2], 0), data: Float32Array.of(1, 0, 0, 1, 0.5, 0.5) };
    const rowLoss = [0, 1, 2].map((i) => {
      const [a, b] = [logits.data[2 * i]!, logits.data[2 * i + 1]!];
      const sum = Math.log(Math.exp(a) + Math.exp(b));
      return -(targets.data[2 * i]! * (a - sum) + targets.data[2 * i + 1]! * (b - sum));
    });
    const weights = { ...filled([3], 0), data: Float32Array.of(1, 0, 2) };
    const losses = await run({ logits, targets, weights }, (p) => ({
      mean: crossEntropy(p.logits!, p.targets!),
      weighted: crossEntropy(p.logits!, p.targets!, p.weights!),
    }));
    expect(losses.mean![0]).toBeCloseTo((rowLoss[0]! + rowLoss[1]! + rowLoss[2]!) / 3, 5);
    expect(losses.weighted![0]).toBeCloseTo((rowLoss[0]! + 2 * rowLoss[2]!) / 3, 5);
  });
});

describe('combinations', () => {
  it('that would teach M1 and M2 nothing are refused with the reason', async () => {
    for (const mode of ['none', 'outer', 'outer-nn'] as const) {
      expect(refusedCombination(mode, 'linear')).toMatch(/teaches M1 and M2 nothing/);
      const z = { z: filled([1, 2, 4], 1) };
      const trying = run(z, (p) => ({
        y: residual(p, p.z!, { mode, core: 'linear', rows: 'cls', form: 'full' }).y,
      }));
      await expect(trying).rejects.toThrow(/teaches M1 and M2 nothing/);
    }
    expect(refusedCombination('inner', 'linear')).toBeNull();
    expect(refusedCombination('outer', 'block')).toBeNull();
  });

  it('name the weight that is missing', async () => {
    const trying = run({ z: filled([1, 2, 4], 1) }, (p) => ({
      y: residual(p, p.z!, { mode: 'outer', core: 'mlp', rows: 'cls', form: 'full' }).y,
    }));
    await expect(trying).rejects.toThrow(/no tensor named llm_in\.weight/);
  });
});

it('an encoder refuses images that its patches do not fill', async () => {
  const config: EncoderConfig = { names: 'timm', width: 4, heads: 1, layers: 0, patch: 7, epsilon: 1e-6 };
  const trying = run({ x: filled([1, 20, 20, 1], 0) }, (p) => ({ z: encode(p, p.x!, config)[0]! }));
  await expect(trying).rejects.toThrow(/multiple of 7, got 20 × 20/);
});

describe('start values', () => {
  it('depend on seed and name alone', () => {
    const draw = (seed: number, name: string): number[] => Array.from(truncatedNormal(seed, name, [100]).data);
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
  });

  it('of a random block keep the mean and deviation of every tensor', () => {
    const block = { w: truncatedNormal(1, 'w', [200, 200], 0.3), n: { ...filled([64], 2) } };
    const random = randomLike(5, block);
    expect(Array.from(random.n!.data)).toEqual(Array.from(block.n.data));
    const moments = (data: Float32Array): [number, number] => {
      const middle = data.reduce((a, b) => a + b) / data.length;
      return [middle, Math.sqrt(data.reduce((a, b) => a + (b - middle) ** 2, 0) / data.length)];
    };
    expect(moments(random.w!.data)[0]).toBeCloseTo(moments(block.w.data)[0], 2);
    expect(moments(random.w!.data)[1]).toBeCloseTo(0.3, 2);
    expect(Array.from(random.w!.data)).not.toEqual(Array.from(block.w.data));
  });

  it('decay in matrices only', () => {
    expect(decays('blocks.0.attn.qkv.weight', [3, 4])).toBe(true);
    expect(decays('norm.weight', [4])).toBe(false);
    expect(decays('pos_embed', [1, 5, 4])).toBe(false);
    expect(decays('embeddings.cls_token', [1, 1, 4])).toBe(false);
  });
});
