import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSafetensors } from '@main/formats';
import { openPixels } from '@main/project';
import { executeRun, predictFiles, readPredictions, readRun, scoreRun } from '@main/training';
import { inputPlanes } from '@main/training/input';
import { Pause } from '@main/training/pause';
import { readRunRecipe } from '@main/training/runFiles';
import type { RecipeOptions, RunProgress } from '@shared/domain';
import { smallProject, type SmallProject } from '../project';

/** Two layers of the encoder suffice: all that is asked for is there. */
const RECIPE: RecipeOptions = {
  preset: 'full',
  taps: [1, 2],
  epochs: 3,
  batch: 12,
  warmUpSteps: 2,
  learningRate: 1e-3,
};
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const bytes = (folder: string, name: string): string => readFileSync(join(folder, name)).toString('base64');

describe('a full run', () => {
  let project: SmallProject;
  let folder: string;
  const seen: RunProgress[] = [];

  beforeAll(async () => {
    project = await smallProject(48);
    folder = await project.run(RECIPE);
    await executeRun(folder, { onProgress: (p) => seen.push(p) });
  });
  afterAll(() => project.remove());

  it('leaves a folder with one head, chosen on validation, nothing out of fold and test left alone', async () => {
    const info = readRun(folder);
    expect(info.state).toBe('done');
    expect(info.epochsDone).toBe(3);
    expect(info.predictor).toBe('chosen');
    expect(info.scores).toEqual({
      probe: null,
      plain: null,
      chosen: {
        oof: null,
        val: {
          auc: expect.any(Number) as number,
          acc: expect.any(Number) as number,
          intervals: { auc: expect.any(Object) as object, acc: expect.any(Object) as object },
        },
        test: null,
      },
    });
    expect(info.lines.map(({ part, epoch }) => `${part} ${epoch}`)).toEqual(['chosen 1', 'chosen 2', 'chosen 3']);
    expect(seen.filter((p) => p.stage === 'chosen').every((p) => p.total === info.lines.at(-1)!.step)).toBe(true);
    expect(existsSync(join(folder, 'resume.safetensors'))).toBe(false);
    const { kind } = await readPredictions(folder, 'chosen');
    project.samples.forEach((s, key) => expect(kind[key]).toBe({ train: 3, val: 3, test: 0 }[s.split!]));
  });

  it('has trained the encoder as well as M1, M2 and the head, and no layer that nothing reads', async () => {
    const names = Object.keys(await readSafetensors(join(folder, 'last.safetensors')));
    expect(names).toContain('encoder.layer.1.mlp.fc1.weight');
    expect(names).toContain('embeddings.cls_token');
    expect(names).toContain('llm_in.weight');
    expect(names.some((name) => name.startsWith('encoder.layer.2.') || name.startsWith('block.'))).toBe(false);
    expect(readRun(folder).lines.at(-1)!.trainLoss).toBeLessThan(readRun(folder).lines[0]!.trainLoss!);
  });

  it('goes on bit for bit after it was stopped in the middle of an epoch', async () => {
    const cut = await project.run(RECIPE);
    const stopping = new AbortController();
    const outcome = await executeRun(cut, {
      signal: stopping.signal,
      quiet: 0,
      onProgress: ({ stage, done }) => stage === 'chosen' && done === 4 && stopping.abort(),
    });
    expect(outcome.state).toBe('stopped');
    expect(outcome.scores.chosen?.val).not.toBeNull();
    expect((await executeRun(cut)).state).toBe('done');
    for (const file of ['best.safetensors', 'last.safetensors', 'predictions/chosen.safetensors'])
      expect(bytes(cut, file) === bytes(folder, file), file).toBe(true);
    expect(readRun(cut).lines).toEqual(readRun(folder).lines);
  });

  it('stands still while it is paused, and goes on at the same step to the same weights', async () => {
    const paused = await project.run(RECIPE);
    const pause = new Pause();
    const news: RunProgress[] = [];
    const end = executeRun(paused, {
      pause,
      quiet: 0,
      onProgress: (p) => {
        if (p.stage === 'chosen' && p.done === 2 && !news.some(({ paused: was }) => was)) pause.set(true);
        news.push(p);
      },
    });
    await vi.waitUntil(() => news.some((p) => p.paused) && existsSync(join(paused, 'resume.safetensors')), {
      timeout: 300_000,
    });
    /** Seconds of processor time, and news, in one second. */
    const inOneSecond = async (): Promise<[number, number]> => {
      const before = process.cpuUsage();
      const count = news.length;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { user, system } = process.cpuUsage(before);
      return [(user + system) / 1e6, news.length - count];
    };
    let still = await inOneSecond();
    // The checkpoint may still be written for a while.
    for (let i = 0; i < 20 && still[0] > 0.2; i++) still = await inOneSecond();
    expect(still[0]).toBeLessThan(0.2);
    expect(still[1]).toBe(0);
    pause.set(false);
    expect((await end).state).toBe('done');
    expect(bytes(paused, 'last.safetensors') === bytes(folder, 'last.safetensors')).toBe(true);
    expect(readRun(paused).log.join('\n')).toMatch(/paused in epoch 1, after 2 steps of it/);
  });

  it('predicts files as it predicts samples, and model.onnx gives the same from pixels alone', async () => {
    await scoreRun(folder);
    const inside = await readPredictions(folder, 'chosen');
    const files = await predictFiles(folder, 'chosen', [join(project.dir, '..', 'images.npy')]);
    project.samples.forEach((s, key) => {
      if (s.split === 'test') expect(inside.kind[key]).toBe(2);
      expect(files[key]!.probabilities[1]).toBeCloseTo(inside.probabilities[2 * key + 1]!, 4);
    });
    const pixels = await openPixels(project.dir);
    const { input } = readRunRecipe(folder);
    const image = inputPlanes(await pixels.frame(0), input)[0]!;
    await pixels.close();
    const session = await InferenceSession.create(join(folder, 'model.onnx'));
    const shape = [1, input.imageSize, input.imageSize, 3];
    const answer = await session.run({ image: new Tensor('float32', image, shape) });
    expect((answer.probabilities!.data as Float32Array)[1]).toBeCloseTo(inside.probabilities[1]!, 4);
    await session.release();
    expect(readRun(folder).scores.chosen?.test?.auc).toBeGreaterThanOrEqual(0);
  });
});
