import { engineCheck } from '@shared/domain';
import type { EngineCheck } from '@shared/domain';
import { Child } from './child';
import type { Spawner } from './spawner';

/**
 * Tries an engine's folder in a process of its own: what crashes there ends nothing here.
 * @throws UserError engine-missing, or run-failed where the process died over it; an abort ends it at once
 */
export async function checkEngine(spawner: Spawner, dir: string, signal?: AbortSignal): Promise<EngineCheck> {
  const child = new Child(spawner);
  const end = (): void => void child.close();
  signal?.addEventListener('abort', end, { once: true });
  try {
    return engineCheck.parse(await child.ask('checkEngine', { dir }));
  } finally {
    signal?.removeEventListener('abort', end);
    await child.close();
  }
}
