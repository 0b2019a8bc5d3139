import { onMounted, shallowRef } from 'vue';
import type { LibraryBlock } from '@shared/domain';
import { client, useMessages } from '@renderer/stores';

/** The person's blocks of language models, as the services keep them for every project of this workstation. */
export function useLibrary() {
  const messages = useMessages();
  const blocks = shallowRef<LibraryBlock[]>([]);

  async function load(): Promise<void> {
    const found = await messages.attempt(() => client().blocks.library({}));
    if (found) blocks.value = found;
  }
  async function remove(id: string): Promise<boolean> {
    const rest = await messages.attempt(() => client().blocks.remove({ id }));
    if (rest) blocks.value = rest;
    return rest !== undefined;
  }
  onMounted(load);
  return { blocks, load, remove };
}
