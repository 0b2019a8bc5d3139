import { describe, expect, it } from 'vitest';
import { packKeys, unpackKeys } from '@shared/sampleKeys';

describe('a packed list of samples', () => {
  it.each([
    [[]],
    [[0]],
    [[4_294_967_295, 0, 7, 7]],
    [Array.from({ length: 40_000 }, (_, i) => (i * 2_654_435_761) % 2 ** 32)],
  ])('comes back as it was, %#', (keys) => expect(unpackKeys(packKeys(keys))).toEqual(keys));

  it('is refused where it was cut off', () => {
    expect(() => unpackKeys(packKeys([1, 2]).slice(0, 4))).toThrow('damaged');
  });
});
