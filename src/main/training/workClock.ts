/** Gaps longer than this are looked at: did this process work, or did the machine sleep? [ms] */
const LONG = 30_000;
/** Share of a long gap that a process at work spends on a processor at least. */
const AT_WORK = 0.1;

/** Milliseconds that passed, and milliseconds of processor time. */
export interface TimeSource {
  now(): number;
  cpu(): number;
}
const SYSTEM: TimeSource = {
  now: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/**
 * Time at work. A long gap without processor time is a laptop that slept (whether the system's clock counts that differs from
 * system to system), and a pause is no work either: neither counts, and neither spoils what is said about the time left.
 */
export class WorkClock {
  #seconds = 0;
  #at: number;
  #cpu: number;
  #resting = false;

  constructor(private readonly source: TimeSource = SYSTEM) {
    this.#at = source.now();
    this.#cpu = source.cpu();
  }

  /** Seconds at work until now. */
  get seconds(): number {
    const [now, cpu] = [this.source.now(), this.source.cpu()];
    const [gap, worked] = [now - this.#at, cpu - this.#cpu];
    if (!this.#resting) this.#seconds += (gap > LONG && worked < AT_WORK * gap ? worked : gap) / 1000;
    [this.#at, this.#cpu] = [now, cpu];
    return this.#seconds;
  }

  /** Stops counting until `work`. */
  rest(): void {
    void this.seconds;
    this.#resting = true;
  }

  work(): void {
    void this.seconds;
    this.#resting = false;
  }
}

/** What a step takes: the median of the last ones, so that one odd step says nothing. */
export class StepTimes {
  private readonly last: number[] = [];

  add(seconds: number): void {
    this.last.push(seconds);
    if (this.last.length > 15) this.last.shift();
  }

  /** null until three steps were taken. */
  get seconds(): number | null {
    if (this.last.length < 3) return null;
    return [...this.last].sort((a, b) => a - b)[this.last.length >> 1]!;
  }
}
