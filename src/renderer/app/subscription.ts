import type { AppEvent } from '@shared/domain';
import type { Client } from '@shared/contract';

/** Milliseconds between tries to subscribe again. */
const RETRY = 300;

/**
 * Listens to the services for as long as the window lives. The first events after each (re)connection are the state of then
 * (`project`, `probe`, `runs`), so a listener that takes every `project` event as "look again" never misses anything.
 * @param onConnection told `true` once events flow and `false` when they stop
 * @returns ends it
 */
export function subscribe(
  client: Client,
  onEvent: (event: AppEvent) => void,
  onConnection: (connected: boolean) => void = () => undefined,
): () => void {
  const ended = new AbortController();
  let connected = false;
  const tell = (now: boolean): void => {
    if (connected !== now) onConnection((connected = now));
  };
  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      try {
        const events = await client.events({}, { signal: ended.signal });
        tell(true);
        for await (const event of events) onEvent(event);
      } catch (error) {
        if (!ended.signal.aborted) console.warn('events stopped, subscribing again', error);
      }
      if (ended.signal.aborted) return;
      tell(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  };
  void run();
  return () => ended.abort();
}
