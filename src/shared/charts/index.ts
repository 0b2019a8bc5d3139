/** Charts as ECharts' options, and the numbers beside them as text: pure, so that window and report draw alike. */
export { valueAxis } from './axes';
export { curvesOption } from './curves';
export type { Curve } from './curves';
export { aucCurves, byEpoch, lossCurves } from './learning';
export type { CurveWords } from './learning';
export { bytes, interval, likeness, moment, share } from './numbers';
export { differencesOption, signed } from './differences';
export type { Difference } from './differences';
export { reliabilityOption } from './reliability';
export type { ReliabilityBin, ReliabilityWords } from './reliability';
export { rocOption } from './roc';
export type { RocCurve, RocWords } from './roc';
export type { ChartSize, ChartTheme } from './types';
