// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import type { Component } from 'vue';
import ChartCanvas from '@renderer/charts/ChartCanvas.vue';
import { CurvesChart, ReliabilityChart, RocChart } from '@renderer/charts';
import type { ChartTheme } from '@shared/charts';

const words = { fpr: 'f', tpr: 't', rule: 'r', predicted: 'p', observed: 'o', count: 'n' };
const theme = { motion: false } as ChartTheme;
const size = { width: 200, height: 200 };
const curve = (n: number) => ({
  name: 'outer',
  tone: 'accent',
  dashed: false,
  colour: null,
  points: Array.from({ length: n }, (_, i) => [i + 1, 0.5]),
});
const roc = (n: number) => ({
  ...curve(0),
  points: Array.from({ length: n }, (_, i) => ({ fpr: i / 10, tpr: i / 10, low: 0, high: 1 })),
});
const bins = (n: number) =>
  Array.from({ length: n }, () => ({ predicted: 0.5, observed: 0.5, low: 0, high: 1, count: 3 }));

/** [component, its properties with n things to draw] */
const charts: [string, Component, (n: number) => Record<string, unknown>][] = [
  [
    'learning curves',
    CurvesChart,
    (n) => ({ name: 'c', curves: [curve(n)], epochs: 15, epochWord: 'epoch', kind: 'share' }),
  ],
  ['ROC', RocChart, (n) => ({ name: 'c', curves: [roc(n)], operatingPoint: null, words })],
  ['reliability', ReliabilityChart, (n) => ({ name: 'c', bins: bins(n), words })],
];

describe('a chart', () => {
  it.each(charts)('is drawn anew when its %s change, and says the same as text', async (_, component, props) => {
    const chart = mount(component, { props: props(1) });
    const canvas = chart.findComponent(ChartCanvas);
    const drawn = (): number => {
      const { series } = canvas.props('build')(theme, size) as { series: { data: unknown[] }[] };
      return series.at(-1)!.data.length;
    };
    expect([drawn(), chart.findAll('tbody tr')]).toMatchObject([1, { length: 1 }]);
    const before = canvas.props('build');
    await chart.setProps(props(3));
    expect(canvas.props('build')).not.toBe(before);
    expect([drawn(), chart.findAll('tbody tr')]).toMatchObject([3, { length: 3 }]);
    expect(chart.find('figure').attributes('aria-label')).toBe('c');
  });
});
