import { describe, expect, it } from 'vitest';
import { createOnnxEngine, loadEncoder } from '@main/engine';
import { encode, finalNorm } from '@main/model';
import { resourcePath } from '@main/project/resources';
import { hasReference, referencePath } from '../../shared-data';
import { channelsLast, floats, greatestError } from './arrays';

describe.skipIf(!hasReference)('DINOv2-small against transformers', () => {
  it.each([112, 224])('gives the same tokens after the final LayerNorm at %i px', async (size) => {
    const { config, params } = await loadEncoder(resourcePath('weights', 'dinov2-small.safetensors'));
    const expected = await floats(referencePath('dinov2', 'expected.npz'), `tokens${size}`);
    const pixels = channelsLast(await floats(referencePath('dinov2', 'expected.npz'), `image${size}`));
    const engine = await createOnnxEngine();
    const program = await engine.compile({
      constants: params,
      inputs: { pixels: { dtype: 'float32', shape: pixels.shape } },
      apply: (weights, inputs) => ({
        tokens: finalNorm(weights, encode(weights, inputs.pixels!, config).at(-1)!, config),
      }),
    });
    const { tokens } = await program.run({ pixels });
    await program.dispose();
    expect(tokens!.shape).toEqual(expected.shape);
    expect(greatestError(tokens!.data, expected.data)).toBeLessThanOrEqual(2e-3);
  });
});
