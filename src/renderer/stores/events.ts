import { getCurrentScope, onScopeDispose } from 'vue';
import type { AppEvent } from '@shared/domain';

type EventOf<T extends AppEvent['type']> = Extract<AppEvent, { type: T }>;
type Listener = (event: AppEvent) => void;

const listeners = new Set<Listener>();

/** Tells every listener of this window; called by the one subscription of `main.ts` (and by tests). */
export function dispatchEvent(event: AppEvent): void {
  for (const listener of [...listeners]) listener(event);
}

/** Listens for one kind of news, for as long as the calling store, component or other effect scope lives. @returns ends it */
export function useEvent<T extends AppEvent['type']>(type: T, handler: (event: EventOf<T>) => void): () => void {
  const listener: Listener = (event) => {
    if (event.type === type) handler(event as EventOf<T>);
  };
  listeners.add(listener);
  const end = (): void => void listeners.delete(listener);
  if (getCurrentScope()) onScopeDispose(end);
  return end;
}
