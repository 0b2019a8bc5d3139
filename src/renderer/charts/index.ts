export { default as CurvesChart } from './CurvesChart.vue';
export { default as ReliabilityChart } from './ReliabilityChart.vue';
export { default as RocChart } from './RocChart.vue';
export type { Curve } from './curves';
export { bytes, interval, likeness, moment, share } from './numbers';
export type { ReliabilityBin } from './reliability';
export type { RocCurve } from './roc';
