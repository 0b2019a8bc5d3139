/** The person's wish that a run stand still; the child that runs it follows. */
export class Hold {
  #held = false;
  readonly #listeners = new Set<(held: boolean) => void>();

  get held(): boolean {
    return this.#held;
  }

  set(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    for (const listener of this.#listeners) listener(held);
  }

  /** Hears of every change, and at once where it is held already. @returns ends it */
  listen(listener: (held: boolean) => void): () => void {
    this.#listeners.add(listener);
    if (this.#held) listener(true);
    return () => void this.#listeners.delete(listener);
  }
}
