import { describe, expect, it } from 'vitest';
import { openGguf, readArray } from '@main/formats';
import { hasReference, referencePath } from '../../shared-data';

const TYPES = 'F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 Q2_K Q3_K Q4_K Q5_K Q6_K'.split(' ');

describe.skipIf(!hasReference)('GGUF dequantised as the gguf package does it', () => {
  it.each(TYPES)('%s', async (type) => {
    const file = await openGguf(referencePath('gguf', 'quants.gguf'));
    const tensor = file.tensors.find((t) => t.type === type)!;
    const expected = await readArray(referencePath('gguf', 'expected.npz'), type);
    const { shape, data } = await file.readFloat32(tensor.name);
    expect(shape).toEqual(expected.shape);
    let largest = 0;
    data.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - Number(expected.data[i])))));
    expect(largest).toBeLessThan(1e-7);
  });
});
