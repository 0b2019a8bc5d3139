import type { RunLog } from './runLog';
import { StepTimes } from './workClock';

/** Counts the steps of one training off the run's plan, with what a step of its kind takes, and tells of each. @param sideBySide how many trainings share the time */
export function stepper(
  log: RunLog,
  kind: string,
  tell: (done: number, total: number) => void,
  sideBySide = 1,
): (done: number, total: number) => void {
  const times = new StepTimes();
  let before: number | null = null;
  return (done, total) => {
    const now = log.seconds;
    // The first step waits for the session to warm up, and is no measure.
    if (before !== null) times.add((now - before) / sideBySide);
    before = now;
    log.plan(kind, Math.max(0, log.planned(kind) - 1), times.seconds ?? undefined);
    tell(done, total);
  };
}
