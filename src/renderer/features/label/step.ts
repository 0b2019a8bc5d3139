/** Milliseconds after which the next sample comes without waiting for the disk. */
const PATIENCE = 30;

/**
 * The step to the next sample that a label key brings with it. It waits for the label to be on screen first, so that drawing the
 * next sample never holds up the label; but not for a slow disk, and never for the next key or click, which meets the next
 * sample in any case.
 */
export class PendingStep {
  #step: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param step taken once, when the first of these asks for it: `take`, patience at an end, another `wait` */
  wait(step: () => void): void {
    this.take();
    this.#step = step;
    this.#timer = setTimeout(() => this.take(), PATIENCE);
  }

  take(): void {
    const step = this.#step;
    this.drop();
    step?.();
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#step = null;
  }
}
