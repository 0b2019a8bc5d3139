/** Writes one checkpoint while the training goes on; never two at a time, and in order. */
export class Saving {
  private last: Promise<void> = Promise.resolve();

  /** Waits for the checkpoint before. @throws what writing it threw */
  async next(write: () => Promise<void>): Promise<void> {
    await this.last;
    this.last = write();
    // Told where it is awaited; until then it is not unhandled.
    this.last.catch(() => undefined);
  }

  all(): Promise<void> {
    return this.last;
  }
}
