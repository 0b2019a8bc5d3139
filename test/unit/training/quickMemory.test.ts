import { describe, expect, it } from 'vitest';
import { quickBytes, SHIPPED_BLOCK, type QuickSize } from '@main/training/quickMemory';
import { recipeOf, type RecipeOptions } from '@shared/domain';

const MB = 1e6;
const BREAST: QuickSize = {
  samples: 780,
  labelled: 624,
  input: { imageSize: 84, axes: 'image' },
  block: SHIPPED_BLOCK,
  threads: 2,
};
const bytes = (options: RecipeOptions, size: Partial<QuickSize> = {}): number =>
  quickBytes(recipeOf({ preset: 'quick', ...options }), { ...BREAST, ...size });
const BLOCK = { mode: 'outer', core: 'block' } as const;

describe('the memory of a quick run', () => {
  it('is what was measured on BreastMNIST, within 5 %', () => {
    expect(bytes({ mode: 'plain' }) / (392 * MB)).toBeCloseTo(1, 1);
    expect(bytes(BLOCK) / (750 * MB)).toBeCloseTo(1, 1);
  });

  it('grows with the samples by what is held of each: all of its tokens, or what plain reads', () => {
    const more = (options: RecipeOptions): number => (bytes(options, { samples: 1780 }) - bytes(options)) / 1000;
    // Float32: 37 tokens of five layers of 384, and beside them CLS and mean patch for the control.
    expect(more(BLOCK)).toBe(4 * (37 + 2) * 5 * 384);
    expect(more({ mode: 'plain' })).toBe(4 * 2 * 5 * 384);
    // Above 1 GiB tokens are read batch by batch.
    expect(bytes(BLOCK, { samples: 20_000 })).toBeLessThan(bytes(BLOCK, { samples: 3_700 }));
  });

  it('grows with batch, width, block, and with folds that train side by side', () => {
    expect(bytes({ ...BLOCK, batch: 64 }) - bytes(BLOCK)).toBe(3 * 32 * 37 * 1920 * 4);
    expect(bytes({ ...BLOCK, taps: 'last' })).toBeLessThan(bytes(BLOCK) / 1.4);
    expect(bytes({ mode: 'outer', core: 'mlp' })).toBeLessThan(bytes(BLOCK));
    // LLaMA-7B's block: 202 million numbers, twice.
    const llama = { width: 4096, parameters: 202_383_360 };
    expect(bytes(BLOCK, { block: llama })).toBeGreaterThan(2 * 4 * llama.parameters);
    expect(bytes(BLOCK, { threads: 16 })).toBeGreaterThan(bytes(BLOCK));
  });
});
