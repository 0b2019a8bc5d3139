import { describe, expect, it } from 'vitest';
import { curvesOption, floorOfShares } from '@shared/charts/curves';
import type { Curve } from '@shared/charts/curves';
import { squareGrid } from '@shared/charts/axes';
import { bytes, interval, share } from '@shared/charts';
import { reliabilityOption } from '@shared/charts/reliability';
import { bandOutline, rocOption } from '@shared/charts/roc';
import type { ChartTheme } from '@shared/charts';

const theme: ChartTheme = {
  text: '#fff',
  muted: '#999',
  line: '#333',
  surface: '#111',
  raised: '#222',
  accent: '#5af',
  warn: '#eb5',
  font: 'sans-serif',
  motion: false,
};
const size = { width: 400, height: 160 };
const words = { fpr: 'false positives', tpr: 'sensitivity', rule: 'rule' };
const points = [
  { fpr: 0, tpr: 0, low: 0, high: 0.1 },
  { fpr: 0.5, tpr: 0.8, low: 0.7, high: 0.9 },
];

describe('figures as text', () => {
  it('leaves out the zero before the point, keeps the sign and says where a figure is not defined', () => {
    expect(share(0.8934)).toBe('.893');
    expect(share(1)).toBe('1.000');
    expect(share(-0.0042)).toBe('−.004');
    expect(share(-0.0001)).toBe('.000');
    expect(share(null)).toBe('—');
    expect(share(Number.NaN)).toBe('—');
  });
  it('writes an interval only where there is one', () => {
    expect(interval({ low: 0.861, high: 0.919 })).toBe('[.86, .92]');
    expect(interval({ low: null, high: null })).toBe('');
  });
  it('writes bytes in decimal units', () => {
    expect([bytes(0), bytes(999), bytes(412_000_000), bytes(1_340_000_000)]).toEqual([
      '0 B',
      '999 B',
      '412 MB',
      '1.3 GB',
    ]);
  });
});

describe('charts', () => {
  it('keeps a plot of shares square', () => {
    const grid = squareGrid(size);
    expect(grid.width).toBe(grid.height);
    expect(grid.left + grid.width).toBeLessThanOrEqual(size.width);
    expect(grid.top + grid.height).toBeLessThanOrEqual(size.height);
  });
  it('draws a band only around a single curve', () => {
    const curve = { name: 'malignant', colour: null, points };
    const types = (count: number): string[] => {
      const option = rocOption(Array(count).fill(curve), null, words, theme, size);
      return (option.series as { type: string }[]).map((s) => s.type);
    };
    expect(types(1)).toEqual(['custom', 'line', 'line']);
    expect(types(3)).toEqual(['line', 'line', 'line', 'line']);
    expect(bandOutline(points)).toEqual([
      [0, 0.1],
      [0.5, 0.9],
      [0.5, 0.7],
      [0, 0],
    ]);
  });
  it('marks the operating point and the samples behind each bin of reliability', () => {
    const roc = rocOption([], { fpr: 0.2, tpr: 0.7 }, words, theme, size);
    expect((roc.series as { data: unknown }[]).at(-1)?.data).toEqual([[0.2, 0.7]]);
    const bins = [
      { predicted: 0.1, observed: 0.12, low: 0.05, high: 0.2, count: 61 },
      { predicted: 0.9, observed: 0.88, low: 0.8, high: 0.95, count: 15 },
    ];
    const option = reliabilityOption(bins, { predicted: 'p', observed: 'o', count: 'n' }, theme, size);
    const scatter = (option.series as { symbolSize: (v: unknown, i: { dataIndex: number }) => number }[]).at(-1);
    expect(scatter?.symbolSize(null, { dataIndex: 0 })).toBe(10);
    expect(scatter?.symbolSize(null, { dataIndex: 1 })).toBeLessThan(10);
  });
  it('spans the whole run and goes below chance only where a curve does', () => {
    const curve = (value: number): Curve => ({ name: 'outer', tone: 'accent', dashed: false, points: [[1, value]] });
    expect(floorOfShares([curve(0.8)])).toBe(0.5);
    expect(floorOfShares([curve(0.31)])).toBe(0.3);
    const option = curvesOption([curve(0.8)], { epochs: 15, epochWord: 'epoch', kind: 'share' }, theme);
    expect(option.xAxis).toMatchObject({ min: 0, max: 15, interval: 3 });
    expect(option.yAxis).toMatchObject({ min: 0.5, max: 1 });
  });
});
