import type { AppEvent } from '@shared/domain';
import type { Client } from '@shared/contract';

/** What a window needs of the services; `app/client.ts` provides it, tests bring their own. */
export interface Services {
  readonly client: Client;
  onEvents(onEvent: (event: AppEvent) => void, onConnection?: (connected: boolean) => void): () => void;
  /** @param path of `pixelPath` */
  pixelsUrl(path: string): string;
  /** Every later call and pixel is meant for this project. */
  useProject(id: string | null): void;
}

let current: Services | null = null;

export function provideServices(services: Services): void {
  current = services;
}

export function services(): Services {
  if (!current) throw new Error('the services were not provided');
  return current;
}

/** How all stores and pages call the services. */
export const client = (): Client => services().client;
