import { onMounted, shallowRef } from 'vue';
import { useMessages } from '@renderer/stores';

/** The person's weights of one kind, as the services keep them for every project of this workstation. */
export function useLibrary<Item>(services: {
  list: () => Promise<Item[]>;
  /** @returns what is left */
  remove: (id: string) => Promise<Item[]>;
}) {
  const messages = useMessages();
  const items = shallowRef<Item[]>([]);

  async function load(): Promise<void> {
    items.value = (await messages.attempt(services.list)) ?? items.value;
  }
  async function remove(id: string): Promise<boolean> {
    const rest = await messages.attempt(() => services.remove(id));
    if (rest) items.value = rest;
    return rest !== undefined;
  }
  onMounted(load);
  return { items, load, remove };
}

/** The last part of a path. */
export const fileName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
