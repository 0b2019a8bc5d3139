import type { EChartsCoreOption } from 'echarts/core';
import { tooltip, valueAxis } from './axes';
import { share } from './numbers';
import type { ChartTheme } from './types';

/** One line of a learning curve: [epoch, value] pairs. `tone` picks the colour, never alone: `dashed` marks the control. */
export interface Curve {
  readonly name: string;
  readonly tone: 'accent' | 'warn' | 'muted';
  readonly dashed: boolean;
  readonly points: readonly (readonly [number, number])[];
}

/** Least value of an axis of shares: .5 (chance) unless a curve falls below it. */
export function floorOfShares(curves: readonly Curve[]): number {
  const lowest = Math.min(0.5, ...curves.flatMap((curve) => curve.points.map((p) => p[1])));
  return Math.max(0, Math.floor(lowest * 10) / 10);
}

/** Curves over epochs; the axis spans the whole run from the start, so that a line never jumps while it grows. */
export function curvesOption(
  curves: readonly Curve[],
  options: { epochs: number; epochWord: string; kind: 'loss' | 'share' },
  theme: ChartTheme,
): EChartsCoreOption {
  const shares = options.kind === 'share';
  const floor = floorOfShares(curves);
  return {
    grid: { left: 34, right: 12, top: 8, bottom: 22 },
    xAxis: valueAxis(theme, {
      min: 0,
      max: options.epochs,
      interval: Math.max(1, Math.ceil(options.epochs / 5)),
    }),
    yAxis: valueAxis(
      theme,
      shares
        ? { min: floor, max: 1, interval: (1 - floor) / 2, format: (v) => (v === 1 ? '1' : share(v, 2)) }
        : { min: 0, format: (v) => (v === 0 ? '0' : v.toFixed(v < 10 ? 2 : 0)) },
    ),
    tooltip: {
      ...tooltip(theme),
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: theme.line } },
      formatter: (items: { seriesName: string; value: [number, number] }[]) => {
        const epoch = items[0]?.value[0] ?? 0;
        return [`${options.epochWord} ${epoch}`, ...items.map((i) => `${i.seriesName} ${share(i.value[1])}`)].join(
          '\n',
        );
      },
    },
    series: curves.map((curve) => ({
      type: 'line',
      name: curve.name,
      data: curve.points.map((p) => [...p]),
      symbol: curve.points.length < 2 ? 'circle' : 'none',
      symbolSize: 5,
      lineStyle: { width: 1.75, color: theme[curve.tone], type: curve.dashed ? 'dashed' : 'solid' },
      itemStyle: { color: theme[curve.tone] },
    })),
  };
}
