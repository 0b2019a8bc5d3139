import { describe, expect, it } from 'vitest';
import { recipe } from '@shared/domain';
import type { MetricsLine } from '@shared/domain';
import { withProgress } from '@renderer/features/train/learning';
import { aucCurves, byEpoch, lossCurves } from '@shared/charts';
import { CORES, equation, isRefused, MODES } from '@renderer/features/train/method';

const line = (part: string, epoch: number, valAuc: number | null, trainLoss: number | null = 0.5): MetricsLine => ({
  part,
  epoch,
  step: epoch * 17,
  trainLoss,
  valLoss: 0.6,
  valAuc,
  learningRate: 1e-3,
});
const words = { train: 'train', validation: 'validation', chosen: 'outer', control: 'plain (control)' };

describe('learning curves', () => {
  const lines = [line('plain', 1, 0.7), line('chosen', 1, 0.72), line('chosen', 2, 0.8), line('fold-1/chosen', 1, 0.2)];
  it('shows the chosen head beside its control, and no fold', () => {
    expect(aucCurves(lines, words).map((c) => [c.name, c.dashed, c.points])).toEqual([
      [
        'outer',
        false,
        [
          [1, 0.72],
          [2, 0.8],
        ],
      ],
      ['plain (control)', true, [[1, 0.7]]],
    ]);
    expect(lossCurves(lines, words).map((c) => c.points.length)).toEqual([2, 2]);
  });
  it('lets the later line of an epoch hold, as after a resume', () => {
    expect(
      byEpoch([line('chosen', 2, 0.5), line('chosen', 1, 0.4), line('chosen', 2, 0.6)], 'chosen', 'valAuc'),
    ).toEqual([
      [1, 0.4],
      [2, 0.6],
    ]);
  });
  it('draws nothing of what is not there', () => {
    expect(aucCurves([line('chosen', 1, null)], words)).toEqual([]);
  });
  it('appends news, and keeps 200 lines of the log', () => {
    const news = {
      run: 'r',
      stage: 'folds',
      done: 1,
      total: 5,
      epoch: 1,
      epochs: 15,
      secondsLeft: 2,
      paused: false,
      memoryBytes: 4e8,
      waiting: null,
    };
    const log = Array.from({ length: 200 }, (_, i) => `line ${i}`);
    const after = withProgress({ lines, log }, { ...news, line: line('chosen', 3, 0.81), log: 'epoch 3' });
    expect(after.lines).toHaveLength(5);
    expect([after.log.length, after.log[0], after.log.at(-1)]).toEqual([200, 'line 1', 'epoch 3']);
  });
});

describe('the method in words', () => {
  it('writes the equation of every mode and core', () => {
    expect(equation('outer', 'block')).toBe('y = M₂·L(M₁z) + z');
    expect(equation('inner', 'linear')).toBe('y = M₂·M₁z');
    expect(equation('plain', 'block')).toBe('y = z');
    const all = MODES.flatMap((m) => CORES.map((c) => equation(m, c)));
    expect(all.every((e) => e.startsWith('y = '))).toBe(true);
  });
  it('offers exactly the modes and cores of the contract, and knows the three that teach nothing', () => {
    expect(recipe.shape.mode.unwrap().options.toSorted()).toEqual([...MODES].sort());
    expect(recipe.shape.core.unwrap().options.toSorted()).toEqual([...CORES].sort());
    expect(MODES.filter((m) => isRefused(m, 'linear')).sort()).toEqual(['none', 'outer', 'outer-nn']);
    expect(MODES.some((m) => isRefused(m, 'block'))).toBe(false);
  });
});
