import type { EChartsCoreOption } from 'echarts/core';
import { squareGrid, tooltip, unitAxis } from './axes';
import { share } from './numbers';
import type { ChartSize, ChartTheme } from './types';

export interface ReliabilityBin {
  readonly predicted: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}
export interface ReliabilityWords {
  readonly predicted: string;
  readonly observed: string;
  readonly count: string;
}

interface Shapes {
  value(index: number): number;
  coord(point: [number, number]): [number, number];
}

/** Observed share over predicted probability, with intervals; the wider a dot, the more samples stand behind it. */
export function reliabilityOption(
  bins: readonly ReliabilityBin[],
  words: ReliabilityWords,
  theme: ChartTheme,
  size: ChartSize,
): EChartsCoreOption {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  return {
    grid: squareGrid(size),
    xAxis: unitAxis(theme, words.predicted, 'x'),
    yAxis: unitAxis(theme, words.observed, 'y'),
    tooltip: {
      ...tooltip(theme),
      trigger: 'item',
      formatter: (item: { dataIndex: number }) => {
        const bin = bins[item.dataIndex];
        if (!bin) return '';
        const observed = `${share(bin.observed)} [${share(bin.low, 2)}, ${share(bin.high, 2)}]`;
        return `${words.predicted} ${share(bin.predicted)}\n${words.observed} ${observed}\n${words.count} ${bin.count}`;
      },
    },
    series: [
      {
        type: 'line',
        silent: true,
        symbol: 'none',
        data: [
          [0, 0],
          [1, 1],
        ],
        lineStyle: { color: theme.muted, width: 1, type: 'dotted' },
      },
      {
        type: 'custom',
        silent: true,
        data: bins.map((bin) => [bin.predicted, bin.low, bin.high]),
        renderItem: (_: unknown, api: Shapes) => {
          const [x, top] = api.coord([api.value(0), api.value(2)]);
          const [, bottom] = api.coord([api.value(0), api.value(1)]);
          return {
            type: 'line',
            shape: { x1: x, y1: top, x2: x, y2: bottom },
            style: { stroke: theme.muted, lineWidth: 1.25 },
          };
        },
      },
      {
        type: 'scatter',
        data: bins.map((bin) => [bin.predicted, bin.observed]),
        symbolSize: (_: unknown, item: { dataIndex: number }) =>
          5 + 5 * Math.sqrt((bins[item.dataIndex]?.count ?? 0) / most),
        itemStyle: { color: theme.accent },
        z: 3,
      },
    ],
  };
}
