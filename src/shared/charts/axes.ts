import { share } from './numbers';
import type { ChartSize, ChartTheme } from './types';

const PAD = { left: 34, right: 10, top: 8, bottom: 22 };

/** A plot whose two axes span 0 … 1 is square, in the middle of its place. */
export function squareGrid(size: ChartSize): { left: number; top: number; width: number; height: number } {
  const side = Math.max(40, Math.min(size.width - PAD.left - PAD.right, size.height - PAD.top - PAD.bottom));
  const left = PAD.left + (size.width - PAD.left - PAD.right - side) / 2;
  const top = PAD.top + (size.height - PAD.top - PAD.bottom - side) / 2;
  return { left, top, width: side, height: side };
}

const text = (theme: ChartTheme) => ({ color: theme.muted, fontSize: 10, fontFamily: theme.font });

/** Axis from 0 to 1, marked at 0, .5 and 1. */
export const unitAxis = (theme: ChartTheme, name: string, place: 'x' | 'y') => ({
  type: 'value' as const,
  min: 0,
  max: 1,
  interval: 0.5,
  name,
  nameLocation: 'middle' as const,
  nameGap: place === 'x' ? 18 : 24,
  nameTextStyle: text(theme),
  axisLine: { show: true, lineStyle: { color: theme.line } },
  axisTick: { show: false },
  splitLine: { show: true, lineStyle: { color: theme.line, opacity: 0.5 } },
  axisLabel: {
    ...text(theme),
    formatter: (value: number) => (value === 0 || value === 1 ? String(value) : share(value, 1)),
  },
});

/** Axis of plain numbers with thin grid lines. */
export const valueAxis = (
  theme: ChartTheme,
  limits: { min?: number; max?: number; interval?: number; format?: (value: number) => string },
) => ({
  type: 'value' as const,
  min: limits.min,
  max: limits.max,
  interval: limits.interval,
  minInterval: limits.interval,
  splitNumber: 3,
  axisLine: { show: true, lineStyle: { color: theme.line } },
  axisTick: { show: false },
  splitLine: { show: false },
  axisLabel: { ...text(theme), formatter: limits.format ?? String },
});

/** Tooltips are drawn on the canvas: the content security policy admits no inline style. */
export const tooltip = (theme: ChartTheme) => ({
  renderMode: 'richText' as const,
  backgroundColor: theme.raised,
  borderColor: theme.line,
  borderWidth: 1,
  padding: 6,
  textStyle: { color: theme.text, fontSize: 11, fontFamily: theme.font },
  transitionDuration: 0,
  confine: true,
});
