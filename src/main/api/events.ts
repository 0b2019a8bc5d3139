import type { AppEvent } from '@shared/domain';

/** A subscriber that far behind is cut off; it subscribes again and starts from the state of then. */
const MOST_WAITING = 10_000;

interface Subscriber {
  waiting: AppEvent[];
  wake: (() => void) | null;
  cutOff: boolean;
}

/** Tells news to every window; each has a queue of its own, so a slow one delays nobody. */
export class EventBus {
  readonly #subscribers = new Set<Subscriber>();
  readonly #listeners = new Set<(event: AppEvent) => void>();

  publish(event: AppEvent): void {
    for (const listener of this.#listeners) listener(event);
    for (const subscriber of this.#subscribers) {
      if (subscriber.waiting.length >= MOST_WAITING) subscriber.cutOff = true;
      else subscriber.waiting.push(event);
      subscriber.wake?.();
    }
  }

  /** For the services themselves and command lines in the same process. @returns ends it */
  listen(listener: (event: AppEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** First the present state, then the news in order, until `signal` aborts. Nothing is lost between the two. */
  async *subscribe(present: () => AppEvent[], signal?: AbortSignal): AsyncGenerator<AppEvent, void> {
    const subscriber: Subscriber = { waiting: [], wake: null, cutOff: false };
    const wake = (): void => subscriber.wake?.();
    this.#subscribers.add(subscriber);
    signal?.addEventListener('abort', wake);
    try {
      subscriber.waiting.push(...present());
      while (!signal?.aborted) {
        const events = subscriber.waiting;
        subscriber.waiting = [];
        for (const event of events) yield event;
        if (subscriber.cutOff) return;
        if (subscriber.waiting.length === 0 && !signal?.aborted)
          await new Promise<void>((resolve) => {
            subscriber.wake = resolve;
          });
        subscriber.wake = null;
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      this.#subscribers.delete(subscriber);
    }
  }
}
