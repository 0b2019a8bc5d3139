import { engineCheck, placeCheck } from '@shared/domain';
import type { EngineCheck, Place, PlaceCheck } from '@shared/domain';
import { Child } from './child';
import type { Spawner } from './spawner';

/**
 * Tries an engine's folder in a process of its own: what crashes there ends nothing here.
 * @throws UserError engine-missing, or run-failed where the process died over it; an abort ends it at once
 */
export async function checkEngine(spawner: Spawner, dir: string, signal?: AbortSignal): Promise<EngineCheck> {
  return engineCheck.parse(await inChild(spawner, (child) => child.ask('checkEngine', { dir }), signal));
}

/** Tries a device of the onnx engine in the same way. */
export async function checkPlace(spawner: Spawner, place: Place): Promise<PlaceCheck> {
  return placeCheck.parse(await inChild(spawner, (child) => child.ask('checkPlace', { place })));
}

async function inChild<T>(spawner: Spawner, ask: (child: Child) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const child = new Child(spawner);
  const end = (): void => void child.close();
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await ask(child);
  } finally {
    signal?.removeEventListener('abort', end);
    await child.close();
  }
}
