export { peakMegabytes, readyArm } from './arm';
export type { BenchArm, ReadyArm } from './arm';
export { measureGrowth } from './growth';
export type { GrowthPoint } from './growth';
export { BENCH_BLOCK_SIZES, BENCH_MODELS, benchBlock, benchTask } from './network';
export type { BenchBlockSize, BenchModelName, StepForm } from './network';
