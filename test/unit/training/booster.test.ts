import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOnnxEngine } from '@main/engine';
import type { Engine } from '@main/engine';
import { normalNumbers, randomNumbers } from '@main/model';
import { executeRun, readRun } from '@main/training';
import { ARMS, boosterFolds, boosterUnits, runUnit, stepsOfUnit } from '@main/training/booster/experiment';
import type { BoosterTask } from '@main/training/booster/experiment';
import type { RecipeOptions, RunProgress } from '@shared/domain';
import { smallProject, type SmallProject } from './project';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** Two classes that differ in the mean of one number of every token; pairs of samples are groups. */
function easyTask(samples: number): BoosterTask {
  const [tokens, width] = [4, 6];
  const normal = normalNumbers(randomNumbers(5));
  const labels = Int16Array.from({ length: samples }, (_, i) => (i >> 1) % 2);
  const data = Float32Array.from({ length: samples * tokens * width }, (_, i) => {
    const label = labels[Math.floor(i / (tokens * width))]!;
    return normal() + (i % width === 0 ? 6 * label : 0);
  });
  const head = { classes: 2, kind: 'single', tokens, width, block: null, norm: null, volumes: false } as const;
  return {
    groups: Array.from({ length: samples }, (_, i) => i >> 1),
    labels,
    foldCount: 3,
    schedule: { epochs: 6, batch: 8, learningRate: 1e-2, warmUpSteps: 2, weightDecay: 0.01 },
    spec: (arm, seed) => ({ ...head, mode: arm === 'plain' ? 'plain' : 'outer', core: 'mlp', seed }),
    inputs: (arm) => {
      const rows = arm === 'plain' ? 2 : 1;
      const size = rows * width;
      const read = (at: readonly number[], out: Float32Array): void =>
        at.forEach((row, i) => out.set(data.subarray(row * tokens * width, row * tokens * width + size), i * size));
      return { read, labels, answers: null };
    },
  };
}

describe('the experiment of a booster check', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createOnnxEngine({ threads: 1 });
  });

  it('holds every sample out once a repetition, groups together, and draws repetitions anew', () => {
    const task = easyTask(60);
    const [first, second] = [boosterFolds(task, 1), boosterFolds(task, 2)];
    expect([...new Set(first)].sort()).toEqual([0, 1, 2]);
    first.forEach((fold, row) => expect(fold).toBe(first[row ^ 1]));
    expect([...first]).not.toEqual([...second]);
    expect([...boosterFolds(task, 1)]).toEqual([...first]);
  });

  it('has all arms of a fold before the next, and a repetition whole before another', () => {
    const units = boosterUnits(2, 3);
    expect(units).toHaveLength(2 * 3 * ARMS.length);
    expect(units.slice(0, ARMS.length).map(({ arm }) => arm)).toEqual(ARMS);
    expect(units.map(({ seed }) => seed)).toEqual([...units.map(({ seed }) => seed)].sort());
  });

  it('learns what can be learnt, to the same bits again, in the steps that were said', async () => {
    const task = easyTask(60);
    const unit = { seed: 1, fold: 0, arm: 'mlp' } as const;
    let steps = 0;
    const answer = (await runUnit(task, unit, engine, { onStep: () => void steps++ }))!;
    expect(answer.rows).toEqual([...boosterFolds(task, 1).keys()].filter((row) => boosterFolds(task, 1)[row] === 0));
    const right = answer.rows.filter((row, i) => answer.probabilities[2 * i + 1]! > 0.5 === (task.labels[row] === 1));
    expect(right.length / answer.rows.length).toBeGreaterThan(0.8);
    // A grid that is widened takes more; this one may be.
    expect(steps).toBeGreaterThanOrEqual(stepsOfUnit(task) - 2 * task.schedule.epochs);
    const again = (await runUnit(task, unit, engine))!;
    expect([again.factor, [...again.probabilities]]).toEqual([answer.factor, [...answer.probabilities]]);
  });

  it('widens the grid where the best rate is its edge', async () => {
    const task = easyTask(60);
    const far = { ...task, schedule: { ...task.schedule, learningRate: 1e-5 } };
    const { factor } = (await runUnit(far, { seed: 1, fold: 1, arm: 'plain' }, engine))!;
    expect(factor).toBeGreaterThan(3);
  });

  it('stops', async () => {
    const stopping = new AbortController();
    const task = easyTask(60);
    const o = { signal: stopping.signal, onStep: () => stopping.abort() };
    expect(await runUnit(task, { seed: 1, fold: 0, arm: 'plain' }, engine, o)).toBeNull();
  });
});

describe('a booster check of a project', () => {
  const RECIPE: RecipeOptions = { preset: 'booster', taps: [12], epochs: 1, batch: 16, folds: 2, seeds: 2 };
  let project: SmallProject;
  let folder: string;
  const seen: RunProgress[] = [];
  beforeAll(async () => {
    project = await smallProject();
    folder = await project.run(RECIPE);
    await executeRun(folder, { onProgress: (p) => seen.push(p) });
  });
  afterAll(() => project.remove());

  it('ends with arms, paired differences and a conclusion, and predicts nothing', () => {
    const { state, booster, scores, predictor } = readRun(folder);
    expect([state, predictor, scores.chosen]).toEqual(['done', null, null]);
    expect(booster).toMatchObject({ verdict: 'too-little-data', seeds: 2, folds: 2, delta: 0.01 });
    expect(booster!.arms.map(({ arm }) => arm)).toEqual([...ARMS]);
    for (const { auc, perSeed } of booster!.arms) {
      expect(perSeed).toHaveLength(2);
      expect(auc).toBeCloseTo((perSeed[0]! + perSeed[1]!) / 2, 10);
    }
    expect(booster!.comparisons.map(({ first, second }) => `${first} ${second}`)).toEqual([
      'block plain',
      'block random',
      'block mlp',
      'random plain',
      'mlp plain',
    ]);
    expect(existsSync(join(folder, 'predictions'))).toBe(false);
    expect(new Set(seen.map(({ stage }) => stage))).toEqual(new Set(['features', 'units']));
    expect(seen.at(-1)).toMatchObject({ done: 16, total: 16 });
  });

  it('ends the same where it was stopped in between, and trains no unit twice', async () => {
    const cut = await project.run(RECIPE);
    const stopping = new AbortController();
    const first = await executeRun(cut, {
      signal: stopping.signal,
      onProgress: ({ stage, done }) => stage === 'units' && done >= 3 && stopping.abort(),
    });
    expect(first.state).toBe('stopped');
    expect(readRun(cut)).toMatchObject({ state: 'stopped', booster: null });
    const done: number[] = [];
    await executeRun(cut, { onProgress: (p) => p.stage === 'units' && done.push(p.done) });
    expect(Math.min(...done)).toBeGreaterThanOrEqual(3);
    const bytes = (at: string): string => readFileSync(join(at, 'booster.json'), 'utf8');
    expect(bytes(cut)).toBe(bytes(folder));
  });

  it('is refused without a block to ask about', async () => {
    await expect(project.run({ ...RECIPE, mode: 'plain' })).rejects.toMatchObject({ code: 'run-refused' });
    await expect(project.run({ ...RECIPE, core: 'mlp' })).rejects.toMatchObject({ code: 'run-refused' });
  });
});
