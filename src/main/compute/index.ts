export { forkSpawner } from './spawner';
export type { ChildHandle, Spawner } from './spawner';
export { ComputeService } from './service';
export type { ComputeOptions, FeatureProgress, NeighbourAnswer, ProbeAnswer } from './service';
export { ProbeScheduler } from './probeScheduler';
export type { ProbeSchedulerOptions } from './probeScheduler';
export { RunQueue } from './runQueue';
export type { RunQueueOptions } from './runQueue';
export type { Measured } from '@main/training';
