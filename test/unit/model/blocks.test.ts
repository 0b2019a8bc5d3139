import { resolve } from 'node:path';
import { mean, square } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine, loadBlock } from '@main/engine';
import type { BlockOptions, HostTensors } from '@main/engine';
import { prefixBlock, residual, truncatedNormal } from '@main/model';
import type { BlockForm } from '@main/model';
import { relativeError } from '../reference/arrays';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/blocks');
/** Families whose blocks are absorbed: with LayerNorm, biases, soft-caps, further norms and parallel parts. */
const ABSORBED = [
  'llama',
  'llama3',
  'qwen2-yarn',
  'gemma',
  'gemma2',
  'phi3-longrope',
  'gpt2-inverse',
  'opt-plain',
  'gpt_neox',
  'gpt_neox-serial',
];
const BATCH = 3;
const TOKENS = 7;

/** y and every gradient of mode `hybrid` around a block, z of width e. */
async function run(
  name: string,
  form: BlockForm,
  e: number,
  layers: number[],
  options: BlockOptions = {},
): Promise<HostTensors> {
  const block = await loadBlock(resolve(FIXTURES, name), layers, options);
  const L = block.config.width;
  const engine = await createOnnxEngine({ threads: 1 });
  const program = await engine.gradients({
    params: {
      z: truncatedNormal(3, 'z', [BATCH, TOKENS, e], 1),
      'llm_in.weight': truncatedNormal(4, 'in', [L, e], 0.3),
      'llm_out.weight': truncatedNormal(5, 'out', [e, L], 0.3),
    },
    frozen: prefixBlock(block.params),
    inputs: {},
    loss: (p, frozen) => {
      const { y, attention } = residual({ ...p, ...frozen }, p.z!, {
        mode: 'hybrid',
        core: 'block',
        block: block.config,
        rows: 'cls',
        form,
      });
      return { loss: mean(square(y)), y, ...(attention ? { attention } : {}) };
    },
  });
  const results = await program.run({});
  await program.dispose();
  return results;
}

const differences = (a: HostTensors, b: HostTensors): string[] =>
  Object.keys(b).flatMap((name) => {
    if (name === 'attention') return [];
    const error = relativeError(a[name]!.data, b[name]!.data);
    return error <= 1e-5 ? [] : [`${name}: ${error}`];
  });

describe('the absorbed form', () => {
  it.each(ABSORBED.flatMap((name) => [12, 24].map((e) => ({ name, e }))))(
    '$name, z of width $e, is the full one',
    async ({ name, e }) => {
      const absorbed = await run(name, 'absorbed', e, [1]);
      expect(absorbed.attention, 'the absorbed form has run').toBeDefined();
      expect(differences(absorbed, await run(name, 'full', e, [1]))).toEqual([]);
    },
  );

  it.each([
    { name: 'qwen3', layers: [1], options: {} },
    { name: 'gemma3', layers: [1], options: {} },
    { name: 'opt-post', layers: [1], options: {} },
    { name: 'llama', layers: [0, 1], options: {} },
    { name: 'llama', layers: [1], options: { rotary: true } },
    { name: 'llama', layers: [1], options: { causal: true } },
  ])('$name $layers $options runs in full', async ({ name, layers, options }) => {
    const asked = await run(name, 'absorbed', 12, layers, options);
    expect(asked.attention).toBeUndefined();
    expect(differences(asked, await run(name, 'full', 12, layers, options))).toEqual([]);
  });
});

describe('a causal block', () => {
  it('has CLS last: alone it sees as much as without a mask', async () => {
    expect(
      differences(await run('llama', 'full', 12, [1], { causal: true }), await run('llama', 'full', 12, [1])),
    ).toEqual([]);
  });

  it('hides tokens from each other in a stack, and turns by their places', async () => {
    const plain = await run('llama', 'full', 12, [0, 1]);
    for (const options of [{ causal: true }, { rotary: true }]) {
      const { y } = await run('llama', 'full', 12, [0, 1], options);
      expect(relativeError(y!.data, plain.y!.data)).toBeGreaterThan(1e-3);
    }
  });
});
