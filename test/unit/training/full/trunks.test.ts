import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { InferenceSession } from 'onnxruntime-node';
import { createOnnxEngine, loadEncoder } from '@main/engine';
import { openPixels } from '@main/project';
import { executeRun, exportRun, predictFiles, readPredictions, readRun } from '@main/training';
import { VOLUME_SIDE } from '@main/training/full/volumes';
import { imageTrunk, lastBlocksTrunk } from '@main/training/full/trunk';
import { volumeLayerScale } from '@main/training/full/layerDecay';
import { changeCube, cubeImage, cubeOf } from '@main/training/full/volumes';
import { readRunRecipe } from '@main/training/runFiles';
import type { RecipeOptions } from '@shared/domain';
import type { Frame } from '@shared/pixels';
import { smallProject, type SmallProject } from '../project';
import { relativeError } from '../../reference/arrays';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const encoders = join(import.meta.dirname, '../../../fixtures/encoders');
const QUICKLY: RecipeOptions = { preset: 'full', epochs: 2, batch: 12, warmUpSteps: 1, learningRate: 1e-3 };

describe('the last blocks on kept tokens', () => {
  it.each([
    { fixture: 'hf-dinov2-registers', taps: 'last' as const },
    { fixture: 'timm-registers', taps: [1, 2] },
  ])('give what the whole encoder gives: $fixture, taps $taps', async ({ fixture, taps }) => {
    const encoder = await loadEncoder(join(encoders, fixture));
    const [whole, last] = [imageTrunk(encoder, taps, 24), lastBlocksTrunk(encoder, taps, 24, 1)];
    expect(Object.keys(last.start()).every((name) => name.startsWith('encoder.layer.1.'))).toBe(true);
    expect(last.tokenShape).toEqual(whole.tokenShape);
    const shape = [2, 24, 24, 3];
    const data = Float32Array.from({ length: 2 * 24 * 24 * 3 }, (_, i) => Math.sin(i * 0.7));
    const engine = await createOnnxEngine({ threads: 1 });
    const program = await engine.compile({
      constants: { ...encoder.params },
      inputs: { pixels: { dtype: 'float32', shape } },
      apply: (constants, { pixels }) => {
        const kept = last.below(constants, pixels!);
        expect(kept.shape).toEqual([2, ...last.inputShape]);
        const { 'embeddings.extra_tokens': _, ...trained } = constants;
        return { whole: whole.tokens(constants, pixels!), last: last.tokens(trained, kept) };
      },
    });
    const answer = await program.run({ pixels: { dtype: 'float32', shape, data } });
    await program.dispose();
    expect(answer.last!.shape).toEqual([2, ...whole.tokenShape]);
    expect(relativeError(answer.last!.data as Float32Array, answer.whole!.data as Float32Array)).toBeLessThan(1e-6);
  });
});

describe('volumes as their networks see them', () => {
  const ramp = (depth: number, height: number, width: number): Frame => ({
    key: 0,
    depth,
    height,
    width,
    channels: 1,
    type: 'uint8',
    low: 0,
    high: 255,
    data: Uint8Array.from({ length: depth * height * width }, (_, i) => Math.floor(i / (height * width))),
  });
  const input = { fullScale: 255, letterbox: true };
  const INPUT = { imageSize: 56, resize: 'bicubic-antialias', normalise: 'imagenet', axes: 'three-axes' } as const;

  it('keeps voxels of its own size, and the aspect ratio of others', () => {
    const own = cubeOf(ramp(28, 28, 28), input);
    expect([own[0], own[28 * 28 * 27]].map((v) => Math.round(v! * 255))).toEqual([0, 27]);
    const seen = cubeImage({ ...ramp(28, 28, 28), key: 4 }, { ...input, ...INPUT }, null);
    expect([seen.key, seen.depth, seen.width, seen.channels]).toEqual([4, 3, 28, 3]);
    // The middle slice along z is of one value; along y its rows are slices.
    expect([0, 28 * 28 * 3 - 1, 28 * 28 * 3, 28 * 28 * 6 - 1].map((i) => seen.data[i])).toEqual([14, 14, 0, 27]);
    const flat = cubeOf({ ...ramp(14, 56, 56), data: new Uint8Array(14 * 56 * 56).fill(255) }, input);
    const filled = (z: number): number => flat[(z * 28 + 14) * 28 + 14]!;
    expect([9, 10, 16, 17, 27].map((z) => Math.round(filled(z)))).toEqual([0, 1, 1, 0, 0]);
  });

  it('changes nothing without a change, and flips within slices', () => {
    const cube = Float32Array.from({ length: VOLUME_SIDE ** 3 }, (_, i) => ((i * 37) % 64) / 64);
    const change = { flip: false, turn: 0, scale: 1, right: 0, down: 0, gamma: 1, gain: 1 };
    const out = new Float32Array(cube.length);
    changeCube(cube, change, out);
    expect(relativeError(out, cube)).toBeLessThan(1e-6);
    changeCube(cube, { ...change, flip: true }, out);
    const mirrored = cube.map((_, i) => cube[i - (i % 28) + 27 - (i % 28)]!);
    expect(relativeError(out, mirrored)).toBeLessThan(1e-6);
  });

  it('learn slower the deeper a layer lies', () => {
    const config = {
      kind: 'vivit',
      layers: 2,
      width: 8,
      heads: 1,
      headSize: 8,
      hidden: 8,
      patch: 4,
      size: 28,
    } as const;
    const rate = (name: string): number => volumeLayerScale(name, config, 0.5);
    expect(rate('head.weight')).toBe(1);
    expect(rate('temporal_transformer.layers.1.0.to_qkv.weight')).toBe(0.5);
    expect(rate('temporal_transformer.norm.weight')).toBe(0.5);
    expect(rate('spatial_transformer.layers.0.0.to_qkv.weight')).toBe(0.5 ** 4);
    expect(rate('pos_embedding')).toBe(0.5 ** 5);
  });
});

describe('a full run of volumes', () => {
  let project: SmallProject;
  beforeAll(async () => {
    project = await smallProject(40, 14);
  });
  afterAll(() => project.remove());

  it('trains a ViViT with the block from scratch, exports it, and refuses what cannot be', async () => {
    const folder = await project.run({ ...QUICKLY, encoder: 'vivit', taps: [1], mode: 'inner', focal: 2 });
    expect(readRunRecipe(folder).recipe).toMatchObject({ layerDecay: 1, encoderSize: 'compact' });
    await executeRun(folder);
    const info = readRun(folder);
    expect(info.state).toBe('done');
    expect(info.lines.map(({ trainLoss }) => Number.isFinite(trainLoss))).toEqual([true, true]);
    const { kind } = await readPredictions(folder, 'chosen');
    project.samples.forEach((s, key) => expect(kind[key]).toBe({ train: 3, val: 3, test: 0 }[s.split!]));
    const session = await InferenceSession.create(readFileSync(join(folder, 'model.onnx')));
    expect(session.inputNames).toEqual(['volume']);
    const files = await exportRun(folder, join(project.dir, 'exports/volume'));
    expect(files.find(({ precision }) => precision === 'float32')!.difference).toBeLessThanOrEqual(1e-4);
    expect(await predictFiles(folder, 'chosen', [join(project.dir, '../images.npy')])).toHaveLength(40);
    await expect(project.run({ ...QUICKLY, mixup: 1 })).rejects.toThrow(/whole encoders of pictures/);
    await expect(project.run({ preset: 'paper-2d' })).rejects.toThrow(/a recipe for pictures/);
    await expect(project.run({ encoder: 'vit3d' })).rejects.toThrow(/from scratch/);
    await expect(project.run({ ...QUICKLY, encoder: 'vit3d', taps: [7] })).rejects.toThrow(/no layer 7/);
  });
});

describe('a full run of pictures', () => {
  let project: SmallProject;
  beforeAll(async () => {
    project = await smallProject(40);
  });
  afterAll(() => project.remove());
  const read = (folder: string, name: string): string => readFileSync(join(folder, name)).toString('base64');

  it("trains a file's last block on kept views, goes on bit for bit, and weighs classes", async () => {
    const options: RecipeOptions = {
      ...QUICKLY,
      epochs: 3,
      encoder: { path: join(encoders, 'hf-vit') },
      taps: [1, 2],
      trainBlocks: 1,
      views: 2,
      classWeights: 'balanced',
    };
    const folder = await project.run(options);
    const { input, encoder } = readRunRecipe(folder);
    expect([input.imageSize % 4, encoder.of]).toEqual([0, 'encoder']);
    await executeRun(folder);
    expect(readRun(folder).state).toBe('done');
    expect(existsSync(join(folder, 'model.onnx'))).toBe(true);
    const views = join(project.dir, 'cache/views');
    expect(readdirSync(views)).toHaveLength(1);
    const cut = await project.run(options);
    const stopping = new AbortController();
    await executeRun(cut, {
      signal: stopping.signal,
      quiet: 0,
      onProgress: ({ stage, done }) => stage === 'chosen' && done === 4 && stopping.abort(),
    });
    expect((await executeRun(cut)).state).toBe('done');
    for (const file of ['best.safetensors', 'last.safetensors', 'predictions/chosen.safetensors'])
      expect(read(cut, file) === read(folder, file), file).toBe(true);
    // What a file outside of the project gets is what the kept tokens gave, but for their half precision.
    const { probabilities } = await readPredictions(folder, 'chosen');
    const pixels = await openPixels(project.dir);
    const again = await predictFiles(folder, 'chosen', [join(project.dir, '../images.npy')]);
    await pixels.close();
    const train = project.samples.find(({ split }) => split === 'train')!;
    expect(again[train.key]!.probabilities[0]).toBeCloseTo(probabilities[2 * train.key]!, 2);
    await expect(project.run({ ...options, trainBlocks: 2 })).rejects.toThrow(/2 blocks/);
  });
});
