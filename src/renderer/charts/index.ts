export { default as DifferencesChart } from './DifferencesChart.vue';
export { default as CurvesChart } from './CurvesChart.vue';
export { default as ReliabilityChart } from './ReliabilityChart.vue';
export { default as RocChart } from './RocChart.vue';
export { bytes, interval, likeness, moment, share } from '@shared/charts';
