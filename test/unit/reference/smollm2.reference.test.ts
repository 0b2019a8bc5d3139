import { describe, expect, it } from 'vitest';
import { createOnnxEngine, loadBlock } from '@main/engine';
import { blockOf, languageBlock, prefixBlock } from '@main/model';
import { resourcePath } from '@main/project/resources';
import { hasReference, referencePath } from '../../shared-data';
import { floats, relativeError } from './arrays';

const CASES = [0, 15, 29].flatMap((layer) => [
  { layer, norm: false },
  { layer, norm: true },
]);

describe.skipIf(!hasReference)('SmolLM2 blocks from GGUF against gguf and PyTorch', () => {
  it.each(CASES)('block $layer, final norm $norm', async ({ layer, norm }) => {
    const file = referencePath('llm', 'smollm2', 'expected.npz');
    const u = await floats(file, 'u');
    const expected = await floats(file, `block${layer}${norm ? '_norm' : ''}`);
    const { config, params } = await loadBlock(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'), layer);
    const engine = await createOnnxEngine();
    const program = await engine.compile({
      constants: prefixBlock(params),
      inputs: { u: { dtype: 'float32', shape: u.shape } },
      apply: (weights, inputs) => ({ y: (norm ? languageBlock : blockOf)(weights, inputs.u!, config) }),
    });
    const { y } = await program.run({ u });
    await program.dispose();
    expect(y!.shape).toEqual(expected.shape);
    expect(relativeError(y!.data, expected.data)).toBeLessThanOrEqual(2e-4);
  });
});
