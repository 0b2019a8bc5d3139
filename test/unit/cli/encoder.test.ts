import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encoderList, encoderRun } from '@main/cli/commands/encoder';
import { encoderOption } from '@main/cli/options';
import { readArray, writeNpz } from '@main/formats';
import { relativeError } from '../reference/arrays';

const fixture = join(import.meta.dirname, '../../fixtures/encoders/timm-vit');
const dir = mkdtempSync(join(tmpdir(), 'residua-encoder-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('encoder', () => {
  it('list says what a folder holds', async () => {
    const { json, text } = await encoderList(fixture);
    expect(json).toMatchObject({ family: 'timm ViT', width: 24, heads: 2, layers: 2, patch: 4, imageSize: 16 });
    expect(text).toContain('16 × 16, patches of 4, 3 channels');
  });

  it('run answers as the library that saved it', async () => {
    const [input, output] = [join(dir, 'x.npz'), join(dir, 'y.npz')];
    const pixels = await readArray(join(fixture, 'expected.npz'), 'pixels24');
    await writeNpz(input, { pixels: { shape: pixels.shape, data: pixels.data as Float32Array } });
    const { json } = await encoderRun(fixture, { input, output, engine: 'onnx' });
    expect(json).toMatchObject({ shape: [2, 37, 24] });
    for (const name of ['tokens', 'norm']) {
      const expected = await readArray(join(fixture, 'expected.npz'), `${name}24`);
      const actual = await readArray(output, name);
      expect(relativeError(actual.data as Float32Array, expected.data as Float32Array)).toBeLessThanOrEqual(1e-4);
    }
    await writeNpz(input, { pixels: { shape: [1, 18, 18, 3], data: new Float32Array(18 * 18 * 3) } });
    await expect(encoderRun(fixture, { input, output, engine: 'onnx' })).rejects.toThrow(/a multiple of 4/);
  });

  it('is named by a word, or by a file or folder', () => {
    expect(['vit', 'vit3d', 'vivit'].map(encoderOption)).toEqual(['vit', 'vit3d', 'vivit']);
    expect(encoderOption('models/dino')).toEqual({ path: resolve('models/dino') });
  });
});
