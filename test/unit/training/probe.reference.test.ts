import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxEngine, type Engine } from '@main/engine';
import { readArray } from '@main/formats';
import { auc } from '@main/insight';
import { inputPlanes } from '@main/training/input';
import { Features } from '@main/training/features';
import type { Probe } from '@main/training/probe';
import { probeOf } from '@main/training/runProbe';
import { encoderPath } from '@main/training/encoderChoice';
import type { InputRecipe } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { hasReference, hasShared, referencePath, sharedPath } from '../../shared-data';

const RECIPE: InputRecipe = {
  imageSize: 84,
  resize: 'bicubic-antialias',
  letterbox: true,
  normalise: 'imagenet',
  fullScale: 255,
  axes: 'image',
};
const SIDE = 28;
const WIDTH = 3840;

const expected = (name: string) => readArray(referencePath('probe', 'expected.npz'), name);
const numbers = async (name: string): Promise<Float64Array> => Float64Array.from((await expected(name)).data, Number);

describe.skipIf(!hasShared || !hasReference)('the probe against transformers and scikit-learn', () => {
  let dir: string;
  let engine: Engine;
  let frames: Frame[];
  let probe: Probe;
  let features: Features;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'residua-probe-'));
    engine = await createOnnxEngine();
    const file = sharedPath('data', 'medmnist', 'breastmnist.npz');
    const parts = await Promise.all(['train_images', 'val_images'].map((name) => readArray(file, name)));
    const pixels = parts.flatMap(({ data, shape }) =>
      Array.from({ length: shape[0]! }, (_, i) => (data as Uint8Array).slice(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)),
    );
    frames = pixels.map((data, key) => ({
      key,
      width: SIDE,
      height: SIDE,
      depth: 1,
      channels: 1,
      type: 'uint8',
      low: 0,
      high: 255,
      data,
    }));
    features = await Features.open({
      cacheDir: dir,
      encoderPath: encoderPath(),
      input: RECIPE,
      engine: () => Promise.resolve(engine),
    });
    const sources = frames.map((frame) => ({ contentHash: `h${frame.key}`, frame: () => Promise.resolve(frame) }));
    await features.prepare(sources, null);
    probe = await probeOf(
      features,
      sources.map((s) => s.contentHash),
      engine,
    );
  });
  afterAll(async () => {
    await probe?.dispose();
    await features?.dispose();
    await rm(dir, { recursive: true, force: true });
  });

  it('resizes as PyTorch does, within 2e-3', async () => {
    const { data, shape } = await expected('input84');
    const [count, side] = shape as [number, number];
    let worst = 0;
    for (let i = 0; i < count; i++) {
      const rgb = inputPlanes(frames[i]!, RECIPE)[0]!;
      for (let p = 0; p < side * side; p++)
        for (let c = 0; c < 3; c++)
          worst = Math.max(worst, Math.abs(rgb[3 * p + c]! - Number(data[i * side * side + p])));
    }
    expect(worst).toBeLessThan(2e-3);
  });

  it.each([0, 1, 2, 3, 4].map((l) => [l, [4, 6, 8, 10, 12][l]!]))(
    'has the features of tap %i (layer %i) within 5e-3 of the largest value',
    async (tap) => {
      const { data, shape } = await expected('features');
      const [count, , width] = shape as [number, number, number];
      const own = new Float32Array(count * WIDTH);
      features.probe.read(
        Array.from({ length: count }, (_, i) => `h${i}`),
        own,
      );
      let worst = 0;
      let largest = 0;
      for (let i = 0; i < count; i++)
        for (let j = 0; j < width; j++) {
          const at = i * WIDTH + tap * width + j;
          worst = Math.max(worst, Math.abs(own[at]! - Number(data[at])));
          largest = Math.max(largest, Math.abs(Number(data[at])));
        }
      expect(largest).toBeGreaterThan(1);
      expect(worst).toBeLessThan(5e-3 * largest);
    },
  );

  it("gives scikit-learn's out-of-fold probabilities and AUC on its folds and C", async () => {
    const labels = Int16Array.from(await numbers('labels'));
    const folds = Uint8Array.from(await numbers('folds'));
    const c = (await numbers('C'))[0]!;
    const theirs = await numbers('out_of_fold');
    const isTrain = Uint8Array.from(labels, (_, i) => (i < 546 ? 1 : 0));
    const fit = await probe.fit(
      { labels, folds, foldCount: 5, isTrain, classes: 2 },
      { strengths: { folds: Array(5).fill(c) as number[], all: c, train: c } },
    );
    const own = auc({ labels, probabilities: fit.outOfFold, classes: 2 })!;
    expect(Math.abs(own - (await numbers('auc'))[0]!)).toBeLessThan(5e-3);
    const worst = theirs.reduce((w, p, i) => Math.max(w, Math.abs(p - fit.outOfFold[2 * i + 1]!)), 0);
    expect(worst).toBeLessThan(2e-3);
  });
});
