export { peakMegabytes, readyArm } from './arm';
export type { BenchArm, ReadyArm } from './arm';
export { measureGrowth } from './growth';
export type { GrowthPoint } from './growth';
export { benchTask } from './network';
export type { BenchBlockSize, BenchModelName, StepForm } from './network';
