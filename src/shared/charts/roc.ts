import type { EChartsCoreOption } from 'echarts/core';
import { squareGrid, tooltip, unitAxis } from './axes';
import { share } from './numbers';
import type { ChartSize, ChartTheme } from './types';

export interface RocPoint {
  readonly fpr: number;
  readonly tpr: number;
  readonly low: number;
  readonly high: number;
}
export interface RocCurve {
  readonly name: string;
  readonly colour: string | null;
  readonly points: readonly RocPoint[];
}
export interface RocWords {
  readonly fpr: string;
  readonly tpr: string;
  readonly rule: string;
}

interface Shapes {
  coord(point: [number, number]): [number, number];
}

/** The outline of the band, along its upper bound and back along its lower one: [2n, 2]. */
export const bandOutline = (points: readonly RocPoint[]): [number, number][] => [
  ...points.map((p): [number, number] => [p.fpr, p.high]),
  ...[...points].reverse().map((p): [number, number] => [p.fpr, p.low]),
];

/** ROC curves, the band of the only one, chance as a dotted diagonal and the decision rule's point. */
export function rocOption(
  curves: readonly RocCurve[],
  operatingPoint: { fpr: number; tpr: number } | null,
  words: RocWords,
  theme: ChartTheme,
  size: ChartSize,
): EChartsCoreOption {
  const single = curves.length === 1 ? curves[0] : undefined;
  const outline = single ? bandOutline(single.points) : [];
  return {
    grid: squareGrid(size),
    xAxis: unitAxis(theme, words.fpr, 'x'),
    yAxis: unitAxis(theme, words.tpr, 'y'),
    tooltip: {
      ...tooltip(theme),
      trigger: 'item',
      formatter: (item: { seriesName: string; value: [number, number] }) =>
        `${item.seriesName}\n${words.tpr} ${share(item.value[1])}\n${words.fpr} ${share(item.value[0])}`,
    },
    series: [
      ...(outline.length
        ? [
            {
              type: 'custom',
              silent: true,
              data: [[0, 0]],
              renderItem: (_: unknown, api: Shapes) => ({
                type: 'polygon',
                shape: { points: outline.map((p) => api.coord(p)) },
                style: { fill: theme.accent, opacity: 0.2 },
              }),
            },
          ]
        : []),
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
      ...curves.map((curve) => ({
        type: 'line',
        name: curve.name,
        symbol: 'none',
        triggerEvent: true,
        data: curve.points.map((p) => [p.fpr, p.tpr]),
        lineStyle: { width: 1.75, color: curve.colour ?? theme.accent },
        itemStyle: { color: curve.colour ?? theme.accent },
      })),
      ...(operatingPoint
        ? [
            {
              type: 'scatter',
              name: words.rule,
              symbolSize: 9,
              data: [[operatingPoint.fpr, operatingPoint.tpr]],
              itemStyle: { color: theme.warn, borderColor: theme.surface, borderWidth: 1 },
              z: 5,
            },
          ]
        : []),
    ],
  };
}
