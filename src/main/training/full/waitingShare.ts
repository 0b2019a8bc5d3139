import type { RunLog } from '../runLog';

/** How much of the time of its steps the engine waited for pictures. */
export class WaitingShare {
  private waited = 0;
  private passed = 0;

  /** @param waited seconds @param passed seconds that the whole step took */
  add(waited: number, passed: number): void {
    this.waited += waited;
    this.passed += Math.max(waited, passed);
  }

  /** In [0, 1]; null before the first step. */
  get share(): number | null {
    return this.passed > 0 ? this.waited / this.passed : null;
  }

  /** Into the run's log. */
  async say(log: RunLog): Promise<void> {
    if (this.share !== null)
      await log.say(`waited for pictures ${(100 * this.share).toFixed(1)} % of the time of its steps`);
  }
}
