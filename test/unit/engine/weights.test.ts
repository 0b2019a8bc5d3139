import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBlock, loadEncoder } from '@main/engine';
import { writeSafetensors } from '@main/formats';
import { resourcePath } from '@main/project/resources';

const GGUF = resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf');
const DINOV2 = resourcePath('weights', 'dinov2-small.safetensors');

describe('loadBlock', () => {
  it('reads the last block that the file holds, and its sizes from the header', async () => {
    const { config, layers, params } = await loadBlock(GGUF, null);
    expect(layers).toEqual([29]);
    expect(config).toMatchObject({ width: 576, heads: 9, keyValueHeads: 3, headSize: 64, hidden: 1536 });
    expect(config.epsilon).toBeCloseTo(1e-5, 9);
    expect(params['mlp.down_proj.weight']!.shape).toEqual([576, 1536]);
  });

  it('names the blocks that are there when another is asked for', async () => {
    await expect(loadBlock(GGUF, 7)).rejects.toMatchObject({
      code: 'file-unsupported',
      file: GGUF,
      reason: 'it holds no block 7; it has 0, 15, 29',
    });
  });
});

describe('loadEncoder', () => {
  it('reads DINOv2-small', async () => {
    const { config } = await loadEncoder(DINOV2);
    expect(config).toMatchObject({ names: 'huggingface', width: 384, heads: 6, layers: 12, patch: 14 });
  });

  it('refuses a file without an encoder, and one that lacks a tensor, by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'residua-weights-'));
    try {
      const file = join(folder, 'x.safetensors');
      const tensor = (shape: number[]): { dtype: 'float32'; shape: number[]; data: Float32Array } => ({
        dtype: 'float32',
        shape,
        data: new Float32Array(shape.reduce((a, b) => a * b)),
      });
      await writeSafetensors(file, { a: tensor([2]) });
      await expect(loadEncoder(file)).rejects.toMatchObject({ code: 'file-unsupported', file });
      await writeSafetensors(file, {
        'embeddings.patch_embeddings.projection.weight': tensor([64, 3, 14, 14]),
        'embeddings.cls_token': tensor([1, 1, 64]),
        'encoder.layer.0.norm1.weight': tensor([64]),
      });
      await expect(loadEncoder(file)).rejects.toMatchObject({
        reason: expect.stringMatching(/lacks the tensor embeddings/),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
