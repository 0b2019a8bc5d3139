import { mul } from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine, exportOnnx, loadBlock, loadEncoder } from '@main/engine';
import type { ExportOptions } from '@main/engine';
import { classify, encode, filled, prefixBlock, residual, truncatedNormal } from '@main/model';
import { resourcePath } from '@main/project/resources';

const SIDE = 28;

/** Encoder, block and head: what a run exports. */
async function network(): Promise<ExportOptions> {
  const encoder = await loadEncoder(resourcePath('weights', 'dinov2-small.safetensors'));
  const block = await loadBlock(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'), 29);
  const { width } = encoder.config;
  return {
    constants: {
      ...encoder.params,
      ...prefixBlock(block.params),
      'llm_in.weight': truncatedNormal(1, 'llm_in.weight', [block.config.width, width]),
      'llm_out.weight': truncatedNormal(1, 'llm_out.weight', [width, block.config.width]),
      'norm.weight': filled([width], 1),
      'norm.bias': filled([width], 0),
      'head.weight': truncatedNormal(1, 'head.weight', [2, width]),
      'head.bias': filled([2], 0.5),
    },
    inputs: { pixels: { dtype: 'float32', shape: [1, SIDE, SIDE, 3] } },
    apply: (weights, inputs) => {
      const z = encode(weights, inputs.pixels!, encoder.config).at(-1)!;
      const { y } = residual(weights, z, {
        mode: 'outer',
        core: 'block',
        block: block.config,
        rows: 'cls',
        form: 'absorbed',
      });
      return { logits: classify(weights, y, 'cls') };
    },
    metadata: { classes: '["malignant","normal, benign"]' },
  };
}

describe('exportOnnx', () => {
  it('writes one file that onnxruntime runs at any batch size, with the answers of the engine', async () => {
    const options = await network();
    const bytes = exportOnnx(options);
    const session = await InferenceSession.create(bytes);
    expect(session.inputMetadata[0]).toMatchObject({ name: 'pixels', shape: ['batch', SIDE, SIDE, 3] });
    expect(session.outputMetadata[0]).toMatchObject({ name: 'logits', shape: ['batch', 2] });
    const engine = await createOnnxEngine();
    for (const batch of [1, 3, 4]) {
      const pixels = truncatedNormal(batch, 'pixels', [batch, SIDE, SIDE, 3], 0.5);
      const program = await engine.compile({
        ...options,
        inputs: { pixels: { dtype: 'float32', shape: pixels.shape } },
      });
      const expected = (await program.run({ pixels })).logits!;
      await program.dispose();
      const { logits } = await session.run({ pixels: new Tensor('float32', pixels.data, pixels.shape) });
      expect(logits!.dims).toEqual([batch, 2]);
      const actual = logits!.data as Float32Array;
      actual.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i]!, 4));
    }
    await session.release();
  });

  it('gives the same bytes for the same network', async () => {
    const options = await network();
    expect(Buffer.compare(exportOnnx(options), exportOnnx(options))).toBe(0);
  });

  it('refuses a network whose numbers depend on the batch', () => {
    expect(() =>
      exportOnnx({
        constants: {},
        inputs: { x: { dtype: 'float32', shape: [1, 2] } },
        apply: (_, { x }) => ({ y: mul(x!, x!.shape[0]!) }),
      }),
    ).toThrow(/depends on the size of its batch/);
  });
});
