import { computed, shallowRef } from 'vue';
import type { EngineProgress, EngineStatus } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent } from '@renderer/stores';

/** One installation at a time: how far it is, how it is called off, and why it failed. */
export function useInstallation(done: (status: EngineStatus) => void) {
  const id = shallowRef<string | null>(null);
  const progress = shallowRef<EngineProgress | null>(null);
  const error = shallowRef<UserErrorData | null>(null);

  useEvent('engine', (event) => {
    if (event.progress.id === id.value) progress.value = event.progress;
  });

  /** @param from a file or folder of this machine; null: from the package index */
  async function install(from: string | null, cuda: boolean | null): Promise<void> {
    const own = crypto.randomUUID();
    id.value = own;
    progress.value = null;
    error.value = null;
    try {
      done(await client().engines.install({ id: own, from, sha256: null, cuda }));
    } catch (thrown) {
      const data = errorData(thrown);
      if (data.code !== 'cancelled') error.value = data;
    } finally {
      id.value = null;
    }
  }
  const cancel = (): void => {
    if (id.value !== null) void client().engines.cancel({ id: id.value });
  };
  return { busy: computed(() => id.value !== null), progress, error, install, cancel };
}
