import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import type { EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { aucCurves, curvesOption, lossCurves, reliabilityOption, rocOption } from '@shared/charts';
import type { ChartSize, ChartTheme } from '@shared/charts';
import type { LabelClass } from '@shared/domain';
import type { ReportedFigures, ReportFacts } from './facts';
import { countsTable } from './tables';
import type { Words } from './en';

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** Ink on paper. */
export const PAPER: ChartTheme = {
  text: '#1a1d21',
  muted: '#565d66',
  line: '#b9c0c8',
  surface: '#ffffff',
  raised: '#ffffff',
  accent: '#0072B2',
  warn: '#D55E00',
  font: 'sans-serif',
  motion: false,
};
const SIZE: ChartSize = { width: 520, height: 400 };
const text = { color: PAPER.muted, fontSize: 11, fontFamily: PAPER.font };

/** An SVG of its own, without a browser; equal options give equal text. */
export function drawn(option: EChartsCoreOption, size = SIZE): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, backgroundColor: PAPER.surface, ...option });
    // On paper nothing is hovered over; and ids that count the charts that this process drew would differ from drawing to drawing.
    const svg = chart
      .renderToSVGString()
      .replace(/<style ?>.*?<\/style>\n?/gs, '')
      .replace(/ class="zr\d+-cls-\d+"/g, '')
      .replace(/\bzr\d+-/g, 'zr-');
    return `${svg}\n`;
  } finally {
    chart.dispose();
  }
}

const legend = (names: readonly string[], place: object) => ({
  data: [...names],
  textStyle: text,
  itemWidth: 18,
  ...place,
});

export function rocDrawing({ figures }: ReportedFigures, classes: readonly LabelClass[], words: Words): string {
  const several = figures.roc.length > 1;
  const curves = figures.roc.map((curve) => {
    const found = classes.find((c) => c.id === curve.class);
    return {
      name: found?.name ?? String(curve.class),
      colour: several ? (found?.colour ?? null) : null,
      points: curve.points,
    };
  });
  const { fpr, tpr, rule } = words.charts;
  const names = [...(several ? curves.map((c) => c.name) : []), ...(figures.operatingPoint ? [rule] : [])];
  return drawn({
    ...rocOption(curves, figures.operatingPoint, { fpr, tpr, rule }, PAPER, SIZE),
    legend: legend(names, { orient: 'vertical', right: 70, bottom: 44 }),
  });
}

export const reliabilityDrawing = ({ figures }: ReportedFigures, words: Words): string =>
  drawn(
    reliabilityOption(
      figures.reliability,
      { predicted: words.charts.predicted, observed: words.charts.observed, count: words.charts.count },
      PAPER,
      SIZE,
    ),
  );

/** Learning curves of the run, the control beside the chosen head. */
export function learningDrawing(facts: ReportFacts, kind: 'loss' | 'share', words: Words): string {
  const { epoch, train, validation, chosen, control } = words.charts;
  const lines = facts.run?.lines ?? [];
  const names = { train, validation, chosen, control };
  const curves = kind === 'loss' ? lossCurves(lines, names) : aucCurves(lines, names);
  const option = curvesOption(curves, { epochs: facts.run?.recipe.epochs ?? 1, epochWord: epoch, kind }, PAPER);
  return drawn({
    ...option,
    xAxis: { ...(option['xAxis'] as object), name: epoch, nameLocation: 'middle', nameGap: 22, nameTextStyle: text },
    grid: { left: 44, right: 18, top: 34, bottom: 40 },
    legend: legend(
      curves.map((curve) => curve.name),
      { top: 6, right: 18 },
    ),
  });
}

interface Shapes {
  value(index: number): number;
  coord(point: [number, number]): [number, number];
  size(extent: [number, number]): [number, number];
}

/** The matrix with its counts; the darker a cell, the larger its share of the row. */
export function confusionDrawing({ figures }: ReportedFigures, classes: readonly LabelClass[], words: Words): string {
  const names = classes.map((c) => c.short);
  const cells = figures.confusion.flatMap((row, i) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j): [number, number, number, number] => [j, i, count, all > 0 ? count / all : 0]);
  });
  const axis = (name: string, gap: number) => ({
    type: 'category' as const,
    data: names,
    name,
    nameLocation: 'middle' as const,
    nameGap: gap,
    nameTextStyle: text,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: PAPER.line } },
    axisLabel: { ...text, interval: 0, width: 90, overflow: 'truncate' as const },
  });
  return drawn({
    grid: { left: 118, right: 20, top: 16, bottom: 50 },
    xAxis: axis(words.charts.model, 30),
    yAxis: { ...axis(words.charts.label, 100), inverse: true },
    series: [
      {
        type: 'custom',
        data: cells,
        renderItem: (_: unknown, api: Shapes) => {
          const [x, y] = api.coord([api.value(0), api.value(1)]);
          const [width, height] = api.size([1, 1]);
          const share = api.value(3);
          const box = { x: x - width / 2 + 1, y: y - height / 2 + 1, width: width - 2, height: height - 2 };
          return {
            type: 'group',
            children: [
              { type: 'rect', shape: box, style: { fill: PAPER.accent, opacity: 0.06 + 0.9 * share } },
              {
                type: 'text',
                style: {
                  text: String(api.value(2)),
                  x,
                  y,
                  align: 'center',
                  verticalAlign: 'middle',
                  fill: share > 0.45 ? '#ffffff' : PAPER.text,
                  font: `13px ${PAPER.font}`,
                },
              },
            ],
          };
        },
      },
    ],
  });
}

/** Samples that take part, by split and class. */
export function countsDrawing(facts: ReportFacts, words: Words): string {
  const { rows } = countsTable(facts);
  const splits = ['train', 'val', 'test'] as const;
  const colourOf = (name: unknown): string | undefined => facts.scheme.classes.find((c) => c.name === name)?.colour;
  return drawn({
    grid: { left: 56, right: 18, top: 34 + 18 * Math.ceil(rows.length / 3), bottom: 34 },
    legend: legend(
      rows.map((row) => String(row['label'])),
      { top: 6, left: 18, right: 18 },
    ),
    xAxis: {
      type: 'category',
      data: splits.map((split) => words.splits[split]),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: PAPER.line } },
      axisLabel: text,
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      name: words.charts.samples,
      nameLocation: 'middle',
      nameGap: 42,
      nameTextStyle: text,
      axisLabel: text,
      splitLine: { lineStyle: { color: PAPER.line, opacity: 0.5 } },
    },
    series: rows.map((row) => ({
      type: 'bar',
      name: String(row['label']),
      // Of several answers a sample may stand in more than one bar.
      stack: facts.scheme.kind === 'answers' ? undefined : 'all',
      barMaxWidth: 80,
      data: splits.map((split) => row[split] ?? 0),
      itemStyle: { color: colourOf(row['label']) },
      label: {
        show: true,
        color: PAPER.text,
        fontSize: 11,
        formatter: ({ value }: { value: number }) => (value > 0 ? String(value) : ''),
      },
    })),
  });
}
