import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeatureStore } from '@main/training/featureStore';
import { fromHalf, toHalf } from '@main/training/half';
import { antialiasedTaps, resizePlane } from '@main/training/resize';
import { inputImage, inputPlanes } from '@main/training/input';
import { poolNormalised } from '@main/training/tokenInputs';
import type { InputRecipe } from '@shared/domain';

describe('half precision', () => {
  it('keeps every half, and rounds the rest to the nearest', () => {
    const all = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
    const floats = new Float32Array(all.length);
    fromHalf(all, floats);
    expect(toHalf(floats)).toEqual(all);
    fc.assert(
      fc.property(fc.float({ min: -65000, max: 65000, noNaN: true }), (value) => {
        const out = new Float32Array(1);
        fromHalf(toHalf(Float32Array.of(value)), out);
        expect(Math.abs(out[0]! - value)).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(value) * 2 ** -11));
      }),
    );
  });
});

describe('the feature store', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'residua-features-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('gives rows back in any order, to this and to later processes', async () => {
    const store = await FeatureStore.open(dir);
    await store.write(['a', 'b'], [2, 1], 'float32', Float32Array.of(1, 2, 3, 4));
    await store.write(['c'], [2, 1], 'float16', Float32Array.of(0.5, -8));
    for (const reader of [store, await FeatureStore.open(dir)]) {
      const out = new Float32Array(6);
      reader.read(['c', 'a', 'b'], out);
      expect([...out]).toEqual([0.5, -8, 1, 2, 3, 4]);
      expect(reader.shape).toEqual([2, 1]);
    }
  });

  it('drops a shard that was cut short, and what was being written when a process died', async () => {
    const store = await FeatureStore.open(dir);
    await store.write(['a'], [8], 'float32', new Float32Array(8));
    const [file] = readdirSync(dir);
    truncateSync(join(dir, file!), 80);
    const again = await FeatureStore.open(dir);
    expect(again.has('a')).toBe(false);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('what the network sees', () => {
  const recipe: InputRecipe = {
    imageSize: 28,
    resize: 'bicubic-antialias',
    letterbox: true,
    normalise: 'imagenet',
    fullScale: 255,
    axes: 'image',
  };
  const frame = (width: number, height: number, depth = 1) => ({
    key: 0,
    width,
    height,
    depth,
    channels: 1,
    type: 'uint8' as const,
    low: 0,
    high: 255,
    data: new Uint8Array(width * height * depth).fill(255),
  });

  it('weighs a line so that a constant stays constant', () => {
    for (const [from, to] of [
      [28, 84],
      [100, 28],
      [7, 7],
      [1, 14],
    ] as const)
      for (const { weights } of antialiasedTaps(from, to))
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it('leaves an image of the right size as it is', () => {
    const plane = Float32Array.from({ length: 16 }, (_, i) => i / 16);
    expect([...resizePlane(plane, 4, 4, 1, 4, 4)]).toEqual([...plane].map((v) => expect.closeTo(v, 6)));
  });

  it('keeps the aspect ratio and pads with black', () => {
    const picture = inputImage(frame(28, 14), recipe);
    const row = (y: number): number => Number(picture.data[y * 28 * 3]);
    expect([row(6), row(7), row(20), row(21)]).toEqual([0, 255, 255, 0]);
  });

  it('shows the middle plane of each axis of a volume', () => {
    const [width, height, depth] = [28, 14, 7];
    const data = new Uint8Array(width * height * depth);
    data.fill(255, 3 * width * height, 4 * width * height); // the fourth of seven slices
    const picture = inputImage({ ...frame(width, height, depth), data }, { ...recipe, axes: 'three-axes' });
    expect([picture.width, picture.height, picture.depth]).toEqual([28, 28, 3]);
    const at = (plane: number, y: number, x: number): number => Number(picture.data[((plane * 28 + y) * 28 + x) * 3]);
    expect([at(0, 14, 0), at(0, 14, 27), at(0, 3, 14)]).toEqual([255, 255, 0]); // the whole slice, letterboxed
    expect([at(1, 13, 14), at(1, 12, 14)]).toEqual([255, 0]); // a line across
    expect(at(2, 13, 14)).toBeGreaterThan(200); // twice as large, and softer
  });

  it('cuts volumes along three axes', () => {
    const axes = inputPlanes(frame(3, 4, 5), { ...recipe, axes: 'three-axes' });
    expect(axes.map((planes) => planes.length / (28 * 28 * 3))).toEqual([5, 4, 3]);
  });

  it('pools normalised tokens as the network would', () => {
    const out = new Float32Array(4);
    poolNormalised(Float32Array.of(1, 3, 0, 2, 4, 0), 3, 2, out);
    expect([...out]).toEqual([-1, 1, 0, 0].map((v) => expect.closeTo(v, 5)));
  });
});
