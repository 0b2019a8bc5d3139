import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openArrays } from '@main/formats';
import { createOnnxEngine, openBlocks } from '@main/engine';
import { blockOf, finalNormOf, prefixBlock } from '@main/model';
import { floats, relativeError } from '../reference/arrays';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/blocks');
/** `qwen3`, or `qwen3@gguf`: the same model in another kind of file. */
const CASES = readdirSync(FIXTURES, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
);

/** Every variant of every family, without and with rotation and mask, alone and on each other. */
describe('blocks as Hugging Face transformers computes them', () => {
  it('has every kind of file', () => {
    for (const name of ['llama@bin', 'llama@meta-parallel', 'llama@llama2c', 'gemma@gguf'])
      expect(CASES).toContain(name);
  });

  it.each(CASES)('%s', async (name) => {
    const expected = resolve(FIXTURES, name.replace(/@.*/, ''), 'expected.npz');
    expect(existsSync(expected)).toBe(true);
    const u = await floats(expected, 'u');
    const file = await openBlocks(resolve(FIXTURES, name));
    expect(file.layers).toEqual([0, 1]);
    const arrays = await openArrays(expected);
    await arrays.close();
    const engine = await createOnnxEngine();
    const wrong: string[] = [];
    let compared = 0;
    for (const member of arrays.members) {
      const found = /^(?:block(\d+)|stack)(_rotary)?(_causal)?$/.exec(member.name);
      if (!found) continue;
      const layers = found[1] === undefined ? file.layers : [Number(found[1])];
      const { params, config } = await file.load(layers, { rotary: Boolean(found[2]), causal: Boolean(found[3]) });
      const program = await engine.compile({
        constants: prefixBlock(params),
        inputs: { u: { dtype: 'float32', shape: u.shape } },
        apply: (weights, inputs) => {
          const block = blockOf(weights, inputs.u!, config);
          return { block, norm: finalNormOf(weights, block, config) };
        },
      });
      const { block, norm } = await program.run({ u });
      await program.dispose();
      for (const [array, got] of [
        [member.name, block!],
        [`${member.name}_norm`, norm!],
      ] as const) {
        if (!arrays.members.some((m) => m.name === array)) continue;
        compared++;
        const error = relativeError(got.data, (await floats(expected, array)).data);
        if (!(error <= 1e-5)) wrong.push(`${array}: ${error}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(10);
  });
});
