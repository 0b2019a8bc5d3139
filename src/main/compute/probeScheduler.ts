import type { ProbeStatus } from '@shared/domain';
import type { ClassList, TrainingSample } from '@main/training';
import type { ComputeService, ProbeAnswer } from './service';

export interface ProbeSchedulerOptions {
  readonly compute: ComputeService;
  /** The samples and their labels of now, read when a fit begins. */
  readonly read: () => { samples: readonly TrainingSample[]; classes: ClassList; journal: number };
  readonly onStatus: (status: ProbeStatus) => void;
  /** `journal`: the position whose labels the answer was fitted on. */
  readonly onAnswer: (answer: ProbeAnswer, journal: number) => void;
}

/** Keeps the live probe up to date: prepares features once, refits after changes, never twice for changes that came together. */
export class ProbeScheduler {
  constructor(private readonly options: ProbeSchedulerOptions) {}

  get status(): ProbeStatus {
    throw new Error(String(this.options));
  }

  /** Labels changed: refit soon. */
  changed(): void {}
  pause(paused: boolean): void {
    throw new Error(String(paused));
  }
  close(): void {}
}
