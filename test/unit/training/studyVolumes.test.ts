import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { join } from 'node:path';
import { openPixels, Project } from '@main/project';
import { createRun, executeRun, predictFiles, readPredictions, readRun, resolveRecipe } from '@main/training';
import type { ClassList, TrainingSample } from '@main/training';
import { VOLUME_SIDE, cubeOf } from '@main/training/full/volumes';
import type { InputRecipe, Split, VolumeBox } from '@shared/domain';
import { accept, importFolder } from '../import/setup';
import { folderOf, writeSeries } from '../import/studiesSetup';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = importFolder();
const PATIENTS = 6;
const splitOf = (patient: number): Split => (patient === 1 ? 'test' : patient === 2 ? 'val' : 'train');

describe('networks for volumes on studies', () => {
  let project: Project;
  /** A grid that no patch divides. */
  let input: InputRecipe;
  beforeAll(async () => {
    for (let n = 1; n <= PATIENTS; n++) writeSeries(folder, 'disk', n);
    const draft = await folder.inspect(folder.path('disk'));
    await draft.commit(accept(draft.review()), { dir: folder.path('studies.residua') });
    project = await Project.open(folder.path('studies.residua'), { holder: 'cli' });
    input = { ...project.input, volume: { ...project.input.volume!, grid: [9, 10, 7] } };
    project.setReader('Reader');
    const box = (volume: number, size: number): VolumeBox => {
      const { origin } = project.volumes.get(volume).info;
      return { centre: [...origin], size: [size, size, size], axes: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    };
    const volumes = Array.from({ length: PATIENTS }, (_, volume) => volume);
    project.boxes.add(
      volumes.map((volume) => ({ volume, box: box(volume, 2.5) })),
      { origin: 'read' },
    );
  });
  afterAll(() => project.close());

  /** Whole volumes are of one class, boxes of the other; both of a patient lie in one split. */
  const samples = (): TrainingSample[] =>
    Array.from({ length: 2 * PATIENTS }, (_, key) => ({
      key,
      id: project.index.id(key),
      contentHash: project.index.contentHash(key),
      group: key % PATIENTS,
      split: splitOf(key % PATIENTS),
      leak: false,
      class: Math.floor(key / PATIENTS),
      answers: {},
      state: 'labelled',
      event: null,
    }));

  it('have as their input what the recipe makes of a volume or a box, whatever its grid, its channels made one', async () => {
    const pixels = await openPixels(project.dir, input);
    for (const key of [0, PATIENTS]) {
      const frame = await pixels.frame(key);
      expect([frame.width, frame.height, frame.depth, frame.channels]).toEqual([9, 10, 7, 3]);
      const cube = cubeOf(frame, input);
      expect(cube).toHaveLength(VOLUME_SIDE ** 3);
      const mean = (of: ArrayLike<number>): number => Array.from(of).reduce((a, b) => a + b, 0) / of.length;
      // Of a cube of its own nothing is left empty: what it holds on the average stays.
      const filled = cube.filter((value) => value > 0);
      expect(Math.abs(mean(filled) - mean(frame.data) / input.fullScale)).toBeLessThan(0.1);
    }
    await pixels.close();
  });

  it.each(['vit3d', 'vivit'] as const)('%s trains on whole volumes and boxes, and predicts both', async (encoder) => {
    const { dir, runsDir } = project;
    const options = { encoder, taps: [1], epochs: 1, batch: 4, warmUpSteps: 1 };
    const classes: ClassList = { ids: [0, 1], names: ['volume', 'box'], positive: 1, kind: 'single' };
    const { folder: run } = await createRun({
      projectDir: dir,
      runsDir,
      recipe: resolveRecipe({ preset: 'full', mode: 'plain', ...options }, input),
      name: '',
      note: '',
      samples: samples(),
      classes,
      input,
      flips: false,
      journal: { position: 0, hash: '' },
      splitVersion: 1,
      schemeVersion: 1,
    });
    await executeRun(run);
    expect(readRun(run)).toMatchObject({ state: 'done', error: null });
    const { probabilities, kind } = await readPredictions(run, 'chosen');
    samples().forEach(({ key, split }) => {
      expect(kind[key]).toBe(split === 'test' ? 0 : 3);
      const sum = probabilities[2 * key]! + probabilities[2 * key + 1]!;
      if (split !== 'test') expect(sum).toBeCloseTo(1, 5);
    });
    // A study outside of the project is seen as the same one in it.
    const [file] = await predictFiles(run, 'chosen', [join(folder.path('disk'), folderOf(1))]);
    expect(file!.probabilities[0]).toBeCloseTo(probabilities[0]!, 4);
  });
});
