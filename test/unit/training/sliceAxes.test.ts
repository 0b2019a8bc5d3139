import { describe, expect, it } from 'vitest';
import { inputShape } from '@main/training/headNetwork';
import { headInput } from '@main/training/tokenInputs';

/** Six tokens of two numbers: two places along each of three axes. */
const tokens = Float32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? i : -i));

describe('heads that read the slices along one axis', () => {
  const seen = (mode: 'plain' | 'outer', core: 'block' | 'mlp'): number[] => {
    const spec = { mode, core, volumes: true, sliceAxes: 'one' } as const;
    const shape = inputShape({ ...spec, tokens: 2, width: 2 });
    const out = new Float32Array(shape[0]! * shape[1]!);
    headInput(tokens, [6, 2], spec, out);
    return [...out];
  };

  it('see its tokens alone, their mean, or their normalised mean', () => {
    expect(seen('outer', 'block')).toEqual([...tokens.subarray(0, 4)]);
    expect(seen('outer', 'mlp')).toEqual([1, -2]);
    // LayerNorm without gain over two numbers: ±1; the first token is (0, -1), the second (2, -3).
    seen('plain', 'block').forEach((value, i) => expect(value).toBeCloseTo([1, -1][i]!, 4));
  });
});
