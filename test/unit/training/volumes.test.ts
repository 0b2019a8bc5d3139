import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOnnxEngine, loadBlock } from '@main/engine';
import type { HostTensors } from '@main/engine';
import { crossEntropy, filled, truncatedNormal } from '@main/model';
import type { BlockForm } from '@main/model';
import { openPixels, resourcePath } from '@main/project';
import { executeRun, heatMapOf, predictFiles, readPredictions, readRun, scoreRun } from '@main/training';
import type { FilePrediction } from '@main/training';
import type { EncoderPass } from '@main/training/encoderProgram';
import { Features } from '@main/training/features';
import type { FeatureSource } from '@main/training/features';
import { headLogits, inputShape, startOf } from '@main/training/headNetwork';
import type { HeadSpec } from '@main/training/headNetwork';
import { inputPlanes } from '@main/training/input';
import { readRunRecipe } from '@main/training/runFiles';
import { encoderPath } from '@main/training/encoderChoice';
import { SliceEncoder, spreadOver } from '@main/training/slices';
import { PLACES } from '@main/training/taps';
import { headInput } from '@main/training/tokenInputs';
import type { Core, InputRecipe, Mode } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { relativeError } from '../reference/arrays';
import { smallProject, type SmallProject } from './project';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const INPUT: InputRecipe = {
  imageSize: 14,
  resize: 'bicubic-antialias',
  letterbox: true,
  normalise: 'imagenet',
  fullScale: 255,
  axes: 'three-axes',
};

const volume = (depth: number, side: number, valueAt: (z: number, y: number, x: number) => number): Frame => ({
  key: 0,
  width: side,
  height: side,
  depth,
  channels: 1,
  type: 'uint8',
  low: 0,
  high: 255,
  data: Uint8Array.from({ length: depth * side * side }, (_, i) =>
    valueAt(Math.floor(i / side / side), Math.floor(i / side) % side, i % side),
  ),
});

/** A pass whose features are the image's first number, and which counts its batches. */
function countingPass(batch: number): { pass: EncoderPass; runs: () => number } {
  const size = INPUT.imageSize ** 2 * 3;
  let runs = 0;
  const pass: EncoderPass = {
    batch,
    tokens: 2,
    width: 1,
    program: {
      inputs: { pixels: { dtype: 'float32', shape: [batch, INPUT.imageSize, INPUT.imageSize, 3] } },
      run: ({ pixels }) => {
        runs++;
        const firsts = Float32Array.from({ length: batch }, (_, i) => Number(pixels!.data[i * size]));
        return Promise.resolve({
          probe: { dtype: 'float32', shape: [batch, 1], data: firsts },
          cls: { dtype: 'float32', shape: [batch, 1], data: firsts },
        });
      },
      dispose: () => Promise.resolve(),
    },
  };
  return { pass, runs: () => runs };
}

describe('slices of volumes', () => {
  it('are computed once where they are equal, and stand where they belong', async () => {
    // Every slice along z has one value; those along y and x are all alike.
    const frame = volume(5, 4, (z) => 20 * z);
    const { pass, runs } = countingPass(3);
    const encoder = new SliceEncoder(pass, INPUT);
    const [axes] = await encoder.features([frame]);
    expect(axes!.map((slices) => slices.length)).toEqual([5, 4, 4]);
    expect(runs()).toBe((5 + 1) / 3);
    const value = (axis: number, slice: number): number => axes![axis]![slice]!.probe[0]!;
    expect(value(0, 4)).toBeGreaterThan(value(0, 1));
    expect(value(1, 0)).toBe(value(2, 3));
    await encoder.features([frame, volume(3, 4, () => 80)]);
    expect(runs()).toBe(3); // one slice more: a 3 × 4 plane of 80s is new, the 4 × 4 one was the fifth slice
  });

  it('keep their places where there are as many, and share them where there are more or fewer', () => {
    const spread = (count: number): Float32Array => {
      const out = new Float32Array(PLACES);
      spreadOver(
        Array.from({ length: count }, (_, i) => Float32Array.of(i)),
        out,
      );
      return out;
    };
    expect([...spread(PLACES)]).toEqual(Array.from({ length: PLACES }, (_, i) => i));
    expect([...spread(2 * PLACES)]).toEqual(Array.from({ length: PLACES }, (_, i) => expect.closeTo(2 * i + 0.5, 5)));
    for (const count of [1, 5, 40, 101]) {
      const places = spread(count);
      const mean = places.reduce((a, b) => a + b, 0) / PLACES;
      expect(mean).toBeCloseTo((count - 1) / 2, 4); // the mean over places is the mean over slices
      expect([...places].sort((a, b) => a - b)).toEqual([...places]);
    }
  });

  it('are read by heads as all of them, their mean, or the mean of each axis', () => {
    const tokens = Float32Array.from({ length: 3 * 2 * 2 }, (_, i) => i); // [3 axes × 2, 2]
    const read = (mode: Mode, core: Core, size: number): number[] => {
      const out = new Float32Array(size);
      headInput(tokens, [6, 2], { mode, core, volumes: true }, out);
      return [...out];
    };
    expect(read('outer', 'block', 12)).toEqual([...tokens]);
    expect(read('inner', 'mlp', 2)).toEqual([5, 6]);
    expect(read('plain', 'block', 6)).toEqual([-1, 1, -1, 1, -1, 1].map((v) => expect.closeTo(v, 4)));
  });
});

/** Tokens narrower and wider than the block's 576: met as they are, or as u. */
const CASES = [48, 640].flatMap((width) =>
  (['none', 'inner', 'outer', 'hybrid', 'outer-nn'] as const).map((mode) => ({ width, mode })),
);

describe.each(CASES)('a head on slices $width wide, mode $mode', ({ width, mode }) => {
  it('has equal outputs and gradients in the absorbed and in the full form', async () => {
    const block = await loadBlock(resourcePath('weights', 'smollm2-135m-blocks-0-15-29.Q4_1.gguf'), 29);
    const norm = null;
    const spec: HeadSpec = {
      mode,
      core: 'block',
      classes: 2,
      kind: 'single',
      tokens: 6,
      width,
      block,
      norm,
      volumes: true,
      seed: 3,
    };
    const { params, frozen } = startOf(spec);
    expect(params.cls_token!.shape).toEqual([1, 1, width]);
    expect(params.pos_embed!.shape).toEqual([1, 6, width]);
    const batch = 3;
    const targets = filled([batch, 2], 0);
    for (let i = 0; i < batch; i++) targets.data[2 * i + (i % 2)] = 1;
    const x = truncatedNormal(5, 'x', [batch, ...inputShape(spec)], 1);
    const engine = await createOnnxEngine();
    const run = async (form: BlockForm): Promise<HostTensors> => {
      const program = await engine.gradients({
        params,
        frozen,
        inputs: { x: { dtype: 'float32', shape: x.shape }, targets: { dtype: 'float32', shape: targets.shape } },
        loss: (p, constants, inputs) => {
          const { logits } = headLogits({ ...p, ...constants }, inputs.x!, spec, form);
          return { loss: crossEntropy(logits, inputs.targets!), logits };
        },
      });
      const answer = await program.run({ x, targets });
      await program.dispose();
      return answer;
    };
    const [absorbed, full] = [await run('absorbed'), await run('full')];
    expect(Object.keys(absorbed)).toEqual(expect.arrayContaining(['logits', 'grad.cls_token', 'grad.pos_embed']));
    for (const [name, tensor] of Object.entries(full))
      expect(relativeError(absorbed[name]!.data, tensor.data), name).toBeLessThanOrEqual(1e-5);
  });
});

describe('a project of volumes', () => {
  const RECIPE = { taps: [6, 12], epochs: 2, batch: 8, folds: 3, warmUpSteps: 3 };
  let project: SmallProject;
  let folder: string;
  beforeAll(async () => {
    project = await smallProject(36, 10);
    folder = await project.run(RECIPE);
    await executeRun(folder);
  });
  afterAll(() => project.remove());

  it('trains the block on its slices, and predicts out of fold', async () => {
    const { scores, state } = readRun(folder);
    expect(state).toBe('done');
    for (const head of ['probe', 'plain', 'chosen'] as const) {
      expect(scores[head]?.oof?.auc).toBeGreaterThan(0.6);
      const { kind } = await readPredictions(folder, head);
      project.samples.forEach((s, key) => expect(kind[key]).toBe(s.split === 'test' ? 0 : 1));
    }
  });

  it('trains a core that sees no slice but their mean, too', async () => {
    const other = await project.run({ ...RECIPE, mode: 'hybrid', core: 'mlp' });
    await executeRun(other);
    expect(readRun(other).scores.chosen?.oof?.auc).toBeGreaterThan(0.3);
  });

  const asFile = new Map<string, FilePrediction[]>();
  it('predicts files as it predicts the same volumes of the project', async () => {
    await scoreRun(folder);
    const test = project.samples.findIndex((s) => s.split === 'test');
    for (const head of ['probe', 'plain', 'chosen'] as const) {
      const inside = await readPredictions(folder, head);
      const files = await predictFiles(folder, head, [join(project.dir, '..', 'images.npy')]);
      expect(files).toHaveLength(36);
      asFile.set(head, files);
      expect(files[test]!.probabilities[1]).toBeCloseTo(inside.probabilities[2 * test + 1]!, 2);
    }
  });

  it('says which parts of a volume its opinion rests on: what was drawn into the second class, not its edge', async () => {
    const key = project.samples.findIndex((s) => s.class === 1 && s.split === 'train');
    const said: number[] = [];
    const onProgress = (done: number, total: number): void => void said.push(done / total);
    const map = await heatMapOf({ folder, head: 'probe', key, class: 1 }, { onProgress });
    expect(map).toMatchObject({ parts: [5, 5, 5], size: [14, 14, 10] });
    expect(map.probability).toBeCloseTo(asFile.get('probe')![key]!.probabilities[1]!, 3);
    expect(said.at(-1)).toBe(1);
    const mean = (where: (x: number, y: number) => boolean): number => {
      const drops = [...map.drops].filter((_, i) => where(i % 5, Math.floor(i / 5) % 5));
      return drops.reduce((a, b) => a + b, 0) / drops.length;
    };
    const inside = (n: number): boolean => n >= 1 && n <= 3;
    const [middle, edge] = [mean((x, y) => inside(x) && inside(y)), mean((x, y) => !inside(x) || !inside(y))];
    expect(middle).toBeGreaterThan(0);
    expect(middle).toBeGreaterThan(2 * edge);
    await expect(heatMapOf({ folder, head: 'probe', key, class: 9 }, {})).rejects.toMatchObject({
      code: 'run-refused',
    });
  });

  it.each([
    ['the block', {}],
    ['plain, which is its own control', { mode: 'plain' }],
  ] as const)('exports a model.onnx of %s that gives the same answers from slices alone', async (_, options) => {
    const own = 'mode' in options ? await project.run({ ...RECIPE, ...options, epochs: 1 }) : folder;
    await executeRun(own);
    const { probabilities } = await readPredictions(own, 'chosen', 'val');
    const key = project.samples.findIndex((s) => s.split === 'val');
    const pixels = await openPixels(project.dir);
    const { input } = readRunRecipe(own);
    const axes = inputPlanes(await pixels.frame(key), input);
    await pixels.close();
    const size = input.imageSize ** 2 * 3;
    const slices = new Float32Array((10 + 14 + 14) * size);
    axes.reduce((at, planes) => (slices.set(planes, at), at + planes.length), 0);
    const session = await InferenceSession.create(join(own, 'model.onnx'));
    const shape = [1, 38, input.imageSize, input.imageSize, 3];
    const answer = await session.run({ slices: new Tensor('float32', slices, shape) });
    expect((answer.probabilities!.data as Float32Array)[1]).toBeCloseTo(probabilities[2 * key + 1]!, 2);
    await session.release();
  });

  it('keeps the features that it had when it was interrupted, and goes on from there', async () => {
    const pixels = await openPixels(project.dir);
    const engine = await createOnnxEngine();
    const cacheDir = join(project.dir, 'cache-of-its-own');
    const open = (): Promise<Features> =>
      Features.open({
        cacheDir,
        encoderPath: encoderPath(),
        input: readRunRecipe(folder).input,
        engine: () => Promise.resolve(engine),
      });
    try {
      const sources = project.samples.map((s): FeatureSource => ({
        contentHash: s.contentHash,
        frame: () => pixels.frame(s.key),
      }));
      const stopping = new AbortController();
      const first = await open();
      // A window that is closed in the middle of a shard: what is on disk by then stays.
      await first.prepare(sources.slice(0, 10), [12], {});
      const cut = first.prepare(sources, [12], { signal: stopping.signal });
      stopping.abort();
      await expect(cut).rejects.toMatchObject({ code: 'cancelled' });
      await first.dispose();
      const again = await open();
      const told: number[] = [];
      const computed = await again.prepare(sources, [12], { onProgress: ({ done }) => told.push(done) });
      await again.dispose();
      expect([computed, told[0], told.at(-1)]).toEqual([26, 10, 36]);
      expect((await again.tokens([12])).shape).toEqual([3 * PLACES, 384]);
      expect(again.probe.shape).toEqual([3 * 3840]);
      expect(existsSync(join(cacheDir, 'features'))).toBe(true);
      expect(readdirSync(join(cacheDir, 'features'))).toHaveLength(1);
    } finally {
      await pixels.close();
    }
  });
});
