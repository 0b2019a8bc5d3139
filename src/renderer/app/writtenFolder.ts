import { computed, type ComputedRef } from 'vue';
import { client, useApp, useMessages } from '@renderer/stores';

/** What a person does with a folder that was just written: opens it where a window can, else copies its path. @param copied what to say then */
export function useWrittenFolder(
  folder: () => string,
  copied: () => string,
): { inWindow: ComputedRef<boolean>; show(): Promise<unknown>; copy(): Promise<void> } {
  const app = useApp();
  const messages = useMessages();
  const inWindow = computed(() => app.info?.shell === 'electron');
  const show = (): Promise<unknown> => messages.attempt(() => client().app.showFolder({ dir: folder() }));
  async function copy(): Promise<void> {
    const done = await messages.attempt(async () => {
      await navigator.clipboard.writeText(folder());
      return true;
    });
    if (done) messages.say(copied());
  }
  return { inWindow, show, copy };
}
