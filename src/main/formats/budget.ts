/** Lets actions that need memory run side by side only while their sum stays within a limit; one that exceeds it alone runs alone. */
export class ByteBudget {
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  async spend<T>(bytes: number, action: () => Promise<T>): Promise<T> {
    while (this.used > 0 && this.used + bytes > this.limit)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.used += bytes;
    try {
      return await action();
    } finally {
      this.used -= bytes;
      for (const wake of this.waiting.splice(0)) wake();
    }
  }
}
