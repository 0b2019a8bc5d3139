import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOnnxEngine, loadEncoder, runOnnx } from '@main/engine';
import type { Engine, HostTensors, TrainerOptions } from '@main/engine';
import { openPixels } from '@main/project';
import { executeRun, exportRun, predictFiles, readPredictions, readRun } from '@main/training';
import type { Change } from '@main/training/full/augment';
import type { PicturePlan } from '@main/training/full/feed/plan';
import { fullTask } from '@main/training/full/fullTrainer';
import { changedStack, sliceCount, stackOf } from '@main/training/full/slices';
import { imageTrunk, lastBlocksSliceTrunk, lastBlocksTrunk, sliceTrunk } from '@main/training/full/trunk';
import type { HeadSpec } from '@main/training/headNetwork';
import { denormalise, inputPlanes } from '@main/training/input';
import { readRunRecipe } from '@main/training/runFiles';
import { truncatedNormal } from '@main/model';
import { recipeOf } from '@shared/domain';
import type { InputRecipe, RecipeOptions } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { ENGINES } from '../../../engines';
import { relativeError } from '../../reference/arrays';
import { smallProject, type SmallProject } from '../project';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const encoders = join(import.meta.dirname, '../../../fixtures/encoders');
const SIDE = 8;
const INPUT: InputRecipe = {
  imageSize: SIDE,
  resize: 'bicubic-antialias',
  letterbox: true,
  normalise: 'imagenet',
  fullScale: 255,
  axes: 'three-axes',
};
/** Voxels whose value tells where they lie from one side to the other, or from the first slice to the last. */
const volume = (depth: number, value: (z: number, x: number) => number): Frame => ({
  key: 0,
  depth,
  height: SIDE,
  width: SIDE,
  channels: 1,
  type: 'uint8',
  low: 0,
  high: 255,
  data: Uint8Array.from({ length: depth * SIDE * SIDE }, (_, i) => value(Math.floor(i / SIDE ** 2), i % SIDE)),
});
const means = (stack: Float32Array, places: number): number[] =>
  Array.from({ length: places }, (_, place) => {
    const size = stack.length / places;
    return stack.subarray(place * size, (place + 1) * size).reduce((a, b) => a + b, 0) / size;
  });

describe("a volume's slices as a trained encoder reads them", () => {
  it('lie in 28 places an axis, the mean of several where there are more', () => {
    const stack = stackOf(
      volume(56, (z) => z),
      INPUT,
      'one',
    );
    expect(sliceCount('one')).toBe(28);
    means(stack, 28).forEach((mean, place) => expect(mean * 255).toBeCloseTo(2 * place + 0.5, 3));
    expect(
      stackOf(
        volume(28, (z) => z),
        INPUT,
        'three',
      ),
    ).toHaveLength(sliceCount('three') * SIDE ** 2);
  });

  it('are mirrored as one volume: what lies from side to side changes places', () => {
    const stack = stackOf(
      volume(SIDE, (_, x) => 10 * x),
      INPUT,
      'three',
    );
    const flip: Change = { flip: true, turn: 0, scale: 1, right: 0, down: 0, gamma: 1, gain: 1 };
    const plan: PicturePlan = { crop: null, flip: false, change: flip, operations: [], erased: null };
    const [as, mirrored] = [null, plan].map((how) => {
      const out = new Float32Array(84 * SIDE ** 2 * 3);
      changedStack(stack, SIDE, how, out);
      return denormalise(out);
    }) as [Float32Array, Float32Array];
    const row = (of: Float32Array, place: number): number[] =>
      Array.from({ length: SIDE }, (_, x) => Math.round(of[(place * SIDE ** 2 + x) * 3]! * 255));
    expect(row(as, 3)).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
    expect(row(mirrored, 3)).toEqual([70, 60, 50, 40, 30, 20, 10, 0]);
    // Along the third axis each slice is one value; mirrored, they stand in the opposite order.
    expect([56, 83].map((place) => row(as, place)[0])).toEqual([0, 70]);
    expect([56, 83].map((place) => row(mirrored, place)[0])).toEqual([70, 0]);
  });
});

const encoder = await loadEncoder(join(encoders, 'hf-vit'));
const HEAD: HeadSpec = {
  mode: 'outer',
  core: 'mlp',
  classes: 2,
  kind: 'single',
  tokens: 28,
  width: 2 * encoder.config.width,
  block: null,
  norm: null,
  volumes: true,
  sliceAxes: 'one',
  seed: 1,
};
const taps = [1, 2];

/** A step on the slices of two volumes. */
function taskOn(last: boolean, mode: HeadSpec['mode']): { task: TrainerOptions; feeds: HostTensors } {
  const trunk = last
    ? lastBlocksSliceTrunk(lastBlocksTrunk(encoder, taps, SIDE, 1, 'cls'), 28)
    : sliceTrunk(imageTrunk(encoder, taps, SIDE, 'cls'), 28);
  const recipe = recipeOf({ preset: 'full' }, true);
  expect(recipe).toMatchObject({ batch: 2, accumulate: 16 });
  const task = fullTask({ head: { ...HEAD, mode }, trunk }, { ...recipe, accumulate: 1 });
  const x = truncatedNormal(4, 'x', [2, ...trunk.inputShape], 1);
  const of = (shape: number[], ...data: number[]) => ({
    dtype: 'float32' as const,
    shape,
    data: Float32Array.from(data),
  });
  return { task, feeds: { x, targets: of([2, 2], 1, 0, 0, 1), weights: of([2], 1, 1) } };
}

async function losses(engine: Engine, { task, feeds }: ReturnType<typeof taskOn>): Promise<number[]> {
  const trainer = await engine.trainer(task);
  const out: number[] = [];
  for (let i = 0; i < 4; i++) out.push((await trainer.step(feeds, 1e-3)).loss!.data[0]!);
  await trainer.dispose();
  return out;
}

describe('a 2D encoder that is trained on slices', () => {
  it('gives from kept tokens what the whole one gives', async () => {
    const side = 16;
    const whole = sliceTrunk(imageTrunk(encoder, taps, side, 'cls'), 28);
    const last = lastBlocksSliceTrunk(lastBlocksTrunk(encoder, taps, side, 1, 'cls'), 28);
    expect(last.tokenShape).toEqual(whole.tokenShape);
    const x = truncatedNormal(4, 'x', [2, ...last.pictureShape], 1);
    const engine = await createOnnxEngine({ threads: 1 });
    const program = await engine.compile({
      constants: encoder.params,
      inputs: { x: { dtype: 'float32', shape: x.shape } },
      apply: (constants, inputs) => ({
        whole: whole.tokens(constants, inputs.x!),
        last: last.tokens(constants, last.below(constants, inputs.x!)),
      }),
    });
    const answer = await program.run({ x });
    await program.dispose();
    expect(relativeError(answer.last!.data as Float32Array, answer.whole!.data as Float32Array)).toBeLessThan(1e-6);
  });

  it.each(ENGINES.filter(({ here, slow }) => here && !slow))('learns through every slice: $name', async (on) => {
    for (const mode of ['outer', 'plain'] as const) {
      const work = taskOn(false, mode);
      expect(work.task.params).toHaveProperty(['embeddings.patch_embeddings.projection.weight']);
      const [own, onnx] = [await losses(await on.create(1), work), await losses(await createOnnxEngine(), work)];
      own.forEach((loss, i) => expect(Math.abs(loss - onnx[i]!)).toBeLessThan(1e-4));
      expect(own.at(-1)).toBeLessThan(own[0]!);
    }
  });
});

describe('a full run on slices', () => {
  let project: SmallProject;
  beforeAll(async () => {
    project = await smallProject(40, 14);
  });
  afterAll(() => project.remove());
  const OPTIONS: RecipeOptions = {
    preset: 'full',
    epochs: 1,
    batch: 7,
    accumulate: 2,
    warmUpSteps: 1,
    learningRate: 1e-3,
    encoder: { path: join(encoders, 'hf-vit') },
    taps,
  };

  const first = () => project.samples.find(({ split }) => split === 'train')!;
  /** What plain onnxruntime makes of a sample's slices, as they are, by the run's file. */
  const fromFile = async (folder: string, axes: number): Promise<number> => {
    const pixels = await openPixels(project.dir);
    const { input } = readRunRecipe(folder);
    const planes = inputPlanes(await pixels.frame(first().key), input).slice(0, axes);
    await pixels.close();
    const data = Float32Array.from(planes.flatMap((axis) => [...axis]));
    const side = input.imageSize;
    const shape = [1, data.length / (side * side * 3), side, side, 3];
    const answer = await runOnnx(readFileSync(join(folder, 'model.onnx')), {
      slices: { dtype: 'float32', shape, data },
    });
    return answer.probabilities!.data[0]!;
  };

  it('trains through the block, predicts, and is exported', async () => {
    const folder = await project.run(OPTIONS);
    expect(readRunRecipe(folder).recipe).toMatchObject({ batch: 7, accumulate: 2, sliceAxes: 'three' });
    await executeRun(folder);
    const info = readRun(folder);
    expect(info.state).toBe('done');
    expect(info.lines.every(({ trainLoss }) => Number.isFinite(trainLoss))).toBe(true);
    const files = await exportRun(folder, join(project.dir, 'exports/slices'));
    expect(files.find(({ precision }) => precision === 'float32')!.difference).toBeLessThanOrEqual(1e-4);
    const again = await predictFiles(folder, 'chosen', [join(project.dir, '../images.npy')]);
    expect(again).toHaveLength(40);
    expect(await fromFile(folder, 3)).toBeCloseTo(again[first().key]!.probabilities[0]!, 4);
  });

  it('trains the last block alone on kept views of one axis, out of fold too', async () => {
    const folder = await project.run({
      ...OPTIONS,
      trainBlocks: 1,
      views: 2,
      sliceAxes: 'one',
      mode: 'plain',
      outOfFold: true,
      folds: 2,
    });
    await executeRun(folder);
    expect(readRun(folder)).toMatchObject({ state: 'done', scores: { chosen: { oof: { acc: expect.any(Number) } } } });
    const files = await exportRun(folder, join(project.dir, 'exports/last'));
    expect(files.find(({ precision }) => precision === 'float32')!.difference).toBeLessThanOrEqual(1e-4);
    // The trainer's own predictions are of kept tokens, in half precision.
    const { probabilities } = await readPredictions(folder, 'chosen');
    expect(await fromFile(folder, 1)).toBeCloseTo(probabilities[2 * first().key]!, 2);
  });
});
