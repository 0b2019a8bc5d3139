import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { auc } from '@main/insight';
import { readSafetensors } from '@main/formats';
import { executeRun, readPredictions, readRun, scoreRun } from '@main/training';
import { inputPlanes } from '@main/training/input';
import { readRunRecipe, readSamples } from '@main/training/runFiles';
import { openPixels } from '@main/project';
import type { RecipeOptions } from '@shared/domain';
import { smallProject, type SmallProject } from './project';

const RECIPE: RecipeOptions = {
  mode: 'outer',
  core: 'mlp',
  taps: [2, 12],
  epochs: 4,
  batch: 8,
  folds: 3,
  warmUpSteps: 3,
  learningRate: 1e-3,
};
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe.each(['answers', 'ordered'] as const)('a run of kind %s', (kind) => {
  let project: SmallProject;
  let folder: string;
  const width = kind === 'answers' ? 2 : 3;
  beforeAll(async () => {
    project = await smallProject(60, 1, kind);
    folder = await project.run(RECIPE);
    await executeRun(folder);
  });
  afterAll(() => project.remove());

  it('learns from labels of its kind, and says what it learnt from', async () => {
    const info = readRun(folder);
    expect(info.state).toBe('done');
    expect(info.samples.train + info.samples.val + info.samples.test).toBe(60);
    for (const head of ['probe', 'plain', 'chosen'] as const) expect(info.scores[head]?.oof?.auc).toBeGreaterThan(0.6);
    expect((await readSamples(folder)).map((s) => [s.class, s.answers])).toEqual(
      project.samples.map((s) => [s.class, s.answers]),
    );
    const { 'head.weight': weight, 'head.bias': bias } = await readSafetensors(join(folder, 'best.safetensors'));
    expect(weight!.shape[0]).toBe(2);
    expect(bias!.shape).toEqual([2]);
    const losses = info.lines.filter((l) => l.part === 'chosen').map((l) => l.trainLoss!);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  it('predicts out of fold what its kind means', async () => {
    const { probabilities, kind: worth } = await readPredictions(folder, 'chosen');
    for (const { key, split } of project.samples) {
      const row = Array.from(probabilities.subarray(width * key, width * (key + 1)));
      if (split === 'test') expect(row.every(Number.isNaN)).toBe(true);
      else {
        expect(worth[key]).toBe(1);
        for (const p of row) expect(p >= 0 && p <= 1).toBe(true);
        if (kind === 'ordered') expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      }
    }
    const rows = project.samples.filter((s) => s.split !== 'test').map((s) => s.key);
    const scored = {
      labels: rows.map((key) => project.samples[key]!.class ?? 0),
      answers:
        kind === 'answers'
          ? rows.flatMap((key) =>
              [0, 1].map((q) => ({ yes: 1, no: 2, na: 0 })[project.samples[key]!.answers?.[q] ?? 'na']),
            )
          : null,
      probabilities: Float32Array.from(
        rows.flatMap((key) => [...probabilities.subarray(width * key, width * (key + 1))]),
      ),
      classes: width,
    };
    expect(auc(scored)).toBeCloseTo(readRun(folder).scores.chosen!.oof!.auc!, 6);
  });

  it('is exported with its own outputs, and can be scored', async () => {
    const { probabilities } = await readPredictions(folder, 'chosen', 'val');
    const key = project.samples.findIndex((s) => s.split === 'val');
    const pixels = await openPixels(project.dir);
    const { input } = readRunRecipe(folder);
    const image = inputPlanes(await pixels.frame(key), input)[0]!;
    await pixels.close();
    const session = await InferenceSession.create(join(folder, 'model.onnx'));
    const answer = await session.run({ image: new Tensor('float32', image, [1, input.imageSize, input.imageSize, 3]) });
    await session.release();
    expect(answer.probabilities!.dims).toEqual([1, width]);
    const own = answer.probabilities!.data as Float32Array;
    own.forEach((p, c) => expect(p).toBeCloseTo(probabilities[width * key + c]!, 2));
    const scores = await scoreRun(folder);
    for (const head of ['probe', 'plain', 'chosen'] as const) expect(scores[head]!.test!.acc).toBeGreaterThanOrEqual(0);
  });
});
