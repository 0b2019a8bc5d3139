import type { EChartsCoreOption } from 'echarts/core';
import { tooltip, valueAxis } from './axes';
import type { ChartSize, ChartTheme } from './types';

/** A difference with its interval. */
export interface Difference {
  readonly name: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

interface Shapes {
  value(index: number): number;
  coord(point: [number, number]): [number, number];
  size(extent: [number, number]): [number, number];
}

export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** Differences one below the other, with their intervals, a line at none and a band of what would not matter. @param delta half the band */
export function differencesOption(
  differences: readonly Difference[],
  delta: number,
  theme: ChartTheme,
  _size: ChartSize,
): EChartsCoreOption {
  const rows = [...differences].reverse();
  const widest = Math.max(2 * delta, ...rows.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
  const limit = Math.ceil(widest * 50) / 50;
  return {
    grid: { left: 8, right: 16, top: 8, bottom: 22, containLabel: true },
    xAxis: valueAxis(theme, {
      min: -limit,
      max: limit,
      interval: limit / 2,
      format: (x) => (x === 0 ? '0' : signed(x)),
    }),
    yAxis: {
      type: 'category' as const,
      data: rows.map(({ name }) => name),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: theme.text, fontSize: 11, fontFamily: theme.font },
    },
    tooltip: {
      ...tooltip(theme),
      trigger: 'item',
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const row = rows[dataIndex];
        return row ? `${row.name}\n${signed(row.mean)} [${signed(row.low)}, ${signed(row.high)}]` : '';
      },
    },
    series: [
      {
        type: 'custom',
        silent: true,
        data: [[0, 0]],
        renderItem: (_: unknown, api: Shapes) => {
          const [left, bottom] = api.coord([-delta, 0]);
          const [right, top] = api.coord([delta, rows.length - 1]);
          const [middle] = api.coord([0, 0]);
          const half = api.size([0, 1])[1] / 2;
          const [y1, y2] = [top - half, bottom + half];
          return {
            type: 'group',
            children: [
              {
                type: 'rect',
                shape: { x: left, y: y1, width: right - left, height: y2 - y1 },
                style: { fill: theme.raised },
              },
              {
                type: 'line',
                shape: { x1: middle, y1, x2: middle, y2 },
                style: { stroke: theme.muted, lineWidth: 1, lineDash: [2, 3] },
              },
            ],
          };
        },
      },
      {
        type: 'custom',
        silent: true,
        data: rows.map(({ low, high }, i) => [low, high, i]),
        renderItem: (_: unknown, api: Shapes) => {
          const [x1, y1] = api.coord([api.value(0), api.value(2)]);
          const [x2, y2] = api.coord([api.value(1), api.value(2)]);
          return { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: theme.text, lineWidth: 1.5 } };
        },
      },
      {
        type: 'scatter',
        data: rows.map(({ mean }, i) => [mean, i]),
        symbolSize: 9,
        itemStyle: { color: theme.accent },
        z: 3,
      },
    ],
  };
}
