import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '@main/formats';
import { openBlocks } from '@main/engine';
import { folder, fuzz, RUNS } from './damage';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/blocks');
const FILES = [
  'llama@bin/pytorch_model.bin',
  'llama@bin-old/pytorch_model.bin',
  'llama@bin-sharded/pytorch_model-00001-of-00002.bin',
  'llama@bin-sharded/pytorch_model.bin.index.json',
  'llama@meta-parallel/consolidated.01.pth',
  'llama@meta-parallel/params.json',
  'llama@llama2c/model.bin',
  'llama@half/model.safetensors',
  'qwen3@gguf/model.gguf',
  'gemma3/config.json',
  'gpt2-inverse/model.safetensors',
];

/** A checkpoint of which one file is damaged: a block of the sizes that it claims, or one clear error. */
describe('damaged checkpoints', () => {
  it.each(FILES)('%s', async (file) => {
    const copy = join(folder, dirname(file));
    mkdirSync(copy, { recursive: true });
    cpSync(join(FIXTURES, dirname(file)), copy, { recursive: true });
    const outcomes = await fuzz(
      readFileSync(join(FIXTURES, file)),
      join(dirname(file), basename(file)),
      async () => {
        const blocks = await openBlocks(copy);
        return blocks.load([blocks.layers[0]!], { rotary: true, causal: true });
      },
      ({ config, params }) => {
        expect(params['self_attn.o_proj.weight']!.shape).toEqual([config.width, config.heads * config.headSize]);
        for (const { shape, data } of Object.values(params))
          expect(data.length).toBe(shape.reduce((product, dim) => product * dim, 1));
      },
      Math.ceil(RUNS / 5),
    );
    expect(outcomes.read + outcomes.refused).toBeGreaterThan(0);
  });

  it('the table of contents of a .pth: every byte of its pickle', async () => {
    const file = 'llama@bin/pytorch_model.bin';
    const original = readFileSync(join(FIXTURES, file));
    const at = original.indexOf('data.pkl');
    await fuzz(
      original.subarray(0, at + 4000),
      'cut.pth',
      openCheckpoint,
      ({ tensors }) => {
        for (const { shape } of tensors.values()) expect(shape.every(Number.isSafeInteger)).toBe(true);
      },
      Math.ceil(RUNS / 5),
    );
  });
});
