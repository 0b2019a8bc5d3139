import { describe, expect, it } from 'vitest';
import { openArrays } from '@main/formats';
import { createOnnxEngine, openBlocks } from '@main/engine';
import { blockOf, languageBlock, prefixBlock } from '@main/model';
import { hasReference, referencePath } from '../../shared-data';
import { floats, relativeError } from './arrays';

const MOST = 2e-4;
const CASES = ['llama', 'mistral', 'qwen2', 'phi3', 'gpt2', 'opt', 'gpt_neox', 'tiny-llm-hf', 'tiny-llm-meta'];

describe.skipIf(!hasReference)('blocks of every family against their own code', () => {
  it.each(CASES)('%s', async (name) => {
    const expectedFile = referencePath('llm', name === 'tiny-llm-meta' ? 'tiny-llm-hf' : name, 'expected.npz');
    const u = await floats(expectedFile, 'u');
    const file = await openBlocks(referencePath('llm', name));
    const arrays = await openArrays(expectedFile);
    await arrays.close();
    const layers = arrays.members.flatMap((m) => /^block(\d+)$/.exec(m.name)?.[1] ?? []).map(Number);
    expect(layers.length).toBeGreaterThan(0);
    const engine = await createOnnxEngine();
    for (const layer of layers) {
      const { params, config } = await file.load([layer]);
      const program = await engine.compile({
        constants: prefixBlock(params),
        inputs: { u: { dtype: 'float32', shape: u.shape } },
        apply: (weights, inputs) => ({
          block: blockOf(weights, inputs.u!, config),
          norm: languageBlock(weights, inputs.u!, config),
        }),
      });
      const { block, norm } = await program.run({ u });
      await program.dispose();
      const expected = await floats(expectedFile, `block${layer}`);
      expect(block!.shape).toEqual(expected.shape);
      expect(relativeError(block!.data, expected.data), `${name} ${layer}`).toBeLessThanOrEqual(MOST);
      const after = await floats(expectedFile, `block${layer}_norm`);
      expect(relativeError(norm!.data, after.data), `${name} ${layer} norm`).toBeLessThanOrEqual(MOST);
    }
  });
});
