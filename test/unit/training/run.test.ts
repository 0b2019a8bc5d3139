import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusedCombination, MODES, CORES } from '@main/model';
import { readSafetensors } from '@main/formats';
import { executeRun, predictFiles, readPredictions, readRun, resolveRecipe, scoreRun, listRuns } from '@main/training';
import { inputPlanes } from '@main/training/input';
import { moveRun } from '@main/training/runFolder';
import { readRunRecipe, readSamples, readStatus } from '@main/training/runFiles';
import { openPixels } from '@main/project';
import { recipeOf, withoutUnused, type RunProgress } from '@shared/domain';
import { UserError } from '@shared/errors';
import { smallProject, type SmallProject } from './project';

const RECIPE = { taps: [2, 12], epochs: 3, batch: 8, folds: 3, warmUpSteps: 3 };
// Whole runs, on machines that do other things beside.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const bytes = (folder: string, name: string): string => readFileSync(join(folder, name)).toString('base64');

describe('a run', () => {
  let project: SmallProject;
  let folder: string;
  const seen: RunProgress[] = [];

  beforeAll(async () => {
    project = await smallProject();
    folder = await project.run(RECIPE);
    await executeRun(folder, { onProgress: (p) => seen.push(p) });
  });
  afterAll(() => project.remove());

  it('leaves a folder that says all of it', async () => {
    const info = readRun(folder);
    expect(info.state).toBe('done');
    expect(info.epochsDone).toBe(3);
    expect(info.engine).toMatch(/^onnx/);
    expect(info.samples.train + info.samples.val + info.samples.test).toBe(72);
    for (const head of ['probe', 'plain', 'chosen'] as const) {
      expect(info.scores[head]?.oof?.auc).toBeGreaterThan(0.6);
      expect(info.scores[head]?.val?.acc).toBeGreaterThanOrEqual(0);
      const { auc, acc, intervals } = info.scores[head]!.oof!;
      // A perfect ranking has no interval: a width of nothing would claim certainty.
      if (auc === 1) expect(intervals!.auc).toEqual({ low: null, high: null });
      else expect(intervals!.auc.low).toBeLessThan(auc!);
      expect(intervals!.acc.low).toBeLessThan(acc);
      expect(intervals!.acc.high).toBeGreaterThanOrEqual(acc);
      expect(info.scores[head]?.test).toBeNull();
    }
    expect(['probe', 'plain', 'chosen']).toContain(info.predictor);
    for (const file of ['best.safetensors', 'last.safetensors', 'model.onnx', 'plain/best.safetensors', 'log.txt'])
      expect(existsSync(join(folder, file)), file).toBe(true);
    expect(existsSync(join(folder, 'resume.safetensors'))).toBe(false);
    expect((await readSamples(folder)).map((s) => s.id)).toEqual(project.samples.map((s) => s.id));
    expect(listRuns(join(project.dir, 'runs')).map((r) => r.id)).toContain(info.id);
  });

  it('tells stages in order and a line for every epoch', () => {
    const stages = [...new Set(seen.map((p) => p.stage))];
    expect(stages).toEqual(['features', 'probe', 'plain', 'chosen', 'folds', 'export']);
    const lines = readRun(folder).lines;
    for (const part of ['plain', 'chosen', 'fold-1/plain', 'fold-3/chosen'])
      expect(lines.filter((l) => l.part === part).map((l) => l.epoch)).toEqual([1, 2, 3]);
    expect(seen.filter((p) => p.line).length).toBe(lines.length);
  });

  it('gives train and validation out-of-fold predictions, and test none before it was scored', async () => {
    for (const head of ['probe', 'plain', 'chosen'] as const) {
      const { probabilities, kind } = await readPredictions(folder, head);
      project.samples.forEach((s, key) => {
        expect(kind[key]).toBe(s.split === 'test' ? 0 : 1);
        const sum = probabilities[2 * key]! + probabilities[2 * key + 1]!;
        if (s.split === 'test') expect(sum).toBeNaN();
        else expect(sum).toBeCloseTo(1, 4);
      });
    }
  });

  it('holds nothing but weights in its checkpoints, and the same bytes for the same run', async () => {
    const again = await project.run(RECIPE);
    expect(again).not.toBe(folder);
    await executeRun(again);
    for (const file of [
      'best.safetensors',
      'last.safetensors',
      'plain/last.safetensors',
      'folds/2/chosen/last.safetensors',
    ])
      expect(bytes(again, file), file).toBe(bytes(folder, file));
    const names = Object.keys(await readSafetensors(join(folder, 'best.safetensors'))).sort();
    expect(names).toEqual(['head.bias', 'head.weight', 'llm_in.weight', 'llm_out.weight', 'norm.bias', 'norm.weight']);
  });

  it.each([
    ['plain', 2],
    ['chosen', 1],
    ['fold-2/chosen', 2],
  ])('goes on bit for bit when it was cut off in part %s after epoch %i', async (part, epoch) => {
    const cut = await project.run(RECIPE);
    const stopping = new AbortController();
    const outcome = await executeRun(cut, {
      signal: stopping.signal,
      onProgress: ({ line }) => {
        if (line?.part === part && line.epoch === epoch) stopping.abort();
      },
    });
    expect(outcome.state).toBe('stopped');
    expect(readRun(cut).state).toBe('stopped');
    // Half a line, as a killed process leaves it.
    writeFileSync(join(cut, 'metrics.jsonl'), `${readFileSync(join(cut, 'metrics.jsonl'), 'utf8')}{"part":"cho`);
    expect((await executeRun(cut)).state).toBe('done');
    for (const file of [
      'best.safetensors',
      'last.safetensors',
      'predictions/chosen.safetensors',
      'predictions/plain.safetensors',
    ])
      expect(bytes(cut, file), file).toBe(bytes(folder, file));
    expect(readRun(cut).lines).toEqual(readRun(folder).lines);
  });

  it('keeps the best so far when it is stopped', async () => {
    const cut = await project.run(RECIPE);
    const stopping = new AbortController();
    await executeRun(cut, {
      signal: stopping.signal,
      onProgress: ({ line }) => line?.part === 'chosen' && stopping.abort(),
    });
    const { scores, predictor } = readRun(cut);
    expect(scores.chosen?.val).not.toBeNull();
    expect(scores.chosen?.oof).toBeNull();
    expect(predictor).toBe('probe');
    const { kind } = await readPredictions(cut, 'chosen');
    // Validation chose the epoch: what is said of it is no prediction of something unseen.
    project.samples.forEach((s, key) => expect(kind[key]).toBe({ train: 3, val: 3, test: 0 }[s.split!]));
  });

  it('scores the test split for all heads at once, on purpose', async () => {
    const scores = await scoreRun(folder);
    for (const head of ['probe', 'plain', 'chosen'] as const) expect(scores[head]?.test?.auc).toBeGreaterThan(0);
    const { kind } = await readPredictions(folder, 'chosen');
    project.samples.forEach((s, key) => expect(kind[key]).toBe(s.split === 'test' ? 2 : 1));
  });

  it('predicts files as it predicts the same samples of the project', async () => {
    const test = project.samples.findIndex((s) => s.split === 'test');
    for (const head of ['probe', 'plain', 'chosen'] as const) {
      const inside = await readPredictions(folder, head);
      const files = await predictFiles(folder, head, [join(project.dir, '..', 'images.npy')]);
      expect(files).toHaveLength(72);
      expect(files[test]!.probabilities[1]).toBeCloseTo(inside.probabilities[2 * test + 1]!, 2);
    }
  });

  it('exports a model.onnx that gives the same answers from pixels alone', async () => {
    const { probabilities } = await readPredictions(folder, 'chosen', 'val');
    const key = project.samples.findIndex((s) => s.split === 'val');
    const pixels = await openPixels(project.dir);
    const { input } = readRunRecipe(folder);
    const image = inputPlanes(await pixels.frame(key), input)[0]!;
    await pixels.close();
    const session = await InferenceSession.create(join(folder, 'model.onnx'));
    const shape = [1, input.imageSize, input.imageSize, 3];
    const answer = await session.run({ image: new Tensor('float32', image, shape) });
    const own = answer.probabilities!.data as Float32Array;
    expect(own[1]).toBeCloseTo(probabilities[2 * key + 1]!, 2);
    await session.release();
  });

  it('says what it ran on, and may be moved to another device before it has begun, not after', async () => {
    expect(readStatus(folder).on).toEqual({ engine: 'onnx', place: 'cpu' });
    await moveRun(folder, { engine: 'auto', device: 'cpu' });
    await expect(moveRun(folder, { engine: 'onnx', device: 'webgpu' })).rejects.toThrow(/began on onnx · CPU/);
    await expect(moveRun(folder, { engine: 'tensorflow', device: 'auto' })).rejects.toThrow(/goes on there/);
    const waiting = await project.run(RECIPE);
    await moveRun(waiting, { engine: 'auto', device: 'dml' });
    expect(readRunRecipe(waiting).recipe).toMatchObject({ engine: 'auto', device: 'dml', epochs: 3 });
    // Nothing else computes it where that device is not to be had.
    if (process.platform !== 'win32') await expect(executeRun(waiting)).rejects.toThrow(/DirectML/);
    expect(readStatus(waiting).on).toBeNull();
  });

  it('refuses weights that are not those of its recipe', async () => {
    const other = await project.run(RECIPE);
    const file = join(other, 'recipe.json');
    const recipe = JSON.parse(readFileSync(file, 'utf8')) as { encoder: { sha256: string } };
    writeFileSync(file, JSON.stringify({ ...recipe, encoder: { ...recipe.encoder, sha256: '00' } }));
    await expect(executeRun(other)).rejects.toThrow(UserError);
    expect(readStatus(other).state).not.toBe('done');
  });
});

describe.each([
  ['the last layer alone', { taps: 'last', mode: 'inner', core: 'random' }],
  ['mode plain, which is its own control', { mode: 'plain' }],
] as const)('a run on %s', (_, options) => {
  it('trains, predicts out of fold and can be scored', async () => {
    const project = await smallProject(36);
    try {
      const folder = await project.run({
        ...RECIPE,
        ...options,
        taps: 'taps' in options ? options.taps : [12],
        epochs: 2,
      });
      await executeRun(folder);
      const { scores, state } = readRun(folder);
      expect(state).toBe('done');
      for (const head of ['probe', 'plain', 'chosen'] as const) expect(scores[head]?.oof?.auc).toBeGreaterThan(0.3);
      if (options.mode === 'plain') expect(scores.plain).toEqual(scores.chosen);
      expect(existsSync(join(folder, 'model.onnx'))).toBe(true);
      expect((await scoreRun(folder)).chosen?.test?.acc).toBeGreaterThanOrEqual(0);
    } finally {
      project.remove();
    }
  });
});

describe('a recipe', () => {
  it('is refused exactly where the network refuses it', () => {
    for (const mode of MODES)
      for (const core of CORES) {
        const refused = refusedCombination(mode, core);
        if (refused === null) expect(resolveRecipe({ mode, core }).mode).toBe(mode);
        else expect(() => resolveRecipe({ mode, core })).toThrow(refused);
      }
  });

  it('is refused on an engine that is not installed, or has no way to the device', () => {
    const dir = mkdtempSync(join(tmpdir(), 'residua-engines-'));
    vi.stubEnv('RESIDUA_ENGINES', dir);
    try {
      expect(() => resolveRecipe({ engine: 'tensorflow' })).toThrow(/not installed here/);
      mkdirSync(join(dir, 'tensorflow'));
      writeFileSync(join(dir, 'tensorflow', 'tfjs_binding.node'), '');
      const installed = { version: '2.18.1', cuda: false, platform: 'linux-x64', source: 'wheel', sourceHash: null };
      const text = JSON.stringify({ ...installed, addon: 'built', installedAt: '', files: {} });
      writeFileSync(join(dir, 'tensorflow', 'engine.json'), text);
      expect(resolveRecipe({ engine: 'tensorflow', device: 'cpu' }).engine).toBe('tensorflow');
      expect(() => resolveRecipe({ engine: 'tensorflow', device: 'webgpu' })).toThrow(/no way to webgpu/);
    } finally {
      vi.unstubAllEnvs();
      rmSync(dir, { recursive: true });
    }
  });

  it('of quick and booster is refused with options that only full uses, and taken with their defaults', () => {
    const unused = { layerDecay: 0.75, labelSmoothing: 0.1, augment: 'mild', patience: 3 } as const;
    for (const preset of ['quick', 'booster'] as const) {
      for (const [key, value] of Object.entries(unused))
        expect(() => resolveRecipe({ preset, [key]: value })).toThrow(`does not use ${key}:`);
      expect(resolveRecipe({ preset, layerDecay: 1, labelSmoothing: 0, augment: 'none', patience: null })).toBeTruthy();
      expect(resolveRecipe(withoutUnused({ ...recipeOf({ preset }), ...unused }))).toEqual(recipeOf({ preset }));
    }
    expect(resolveRecipe({ preset: 'full', ...unused })).toMatchObject(unused);
  });
});
