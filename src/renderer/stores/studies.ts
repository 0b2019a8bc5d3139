import { computed, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { StudyImport } from '@shared/domain';
import { useEvent } from './events';
import { client } from './services';

/** Studies that come into the open project while people work in it, and those whose pixels somebody should look at. */
export const useStudies = defineStore('studies', () => {
  const status = shallowRef<StudyImport | null>(null);
  /** More of them are on their way. */
  const coming = computed(() => status.value?.state === 'reading' || status.value?.state === 'waiting');
  /** Samples whose pixels may hold names. */
  const withText = shallowRef<readonly number[]>([]);
  useEvent('studies', (event) => void (status.value = event.status));
  useEvent('project', ({ info }) => {
    if (!info) withText.value = [];
    else void lookForText();
  });
  async function lookForText(): Promise<void> {
    withText.value = await client()
      .volumes.textQueue({})
      .then(
        ({ keys }) => keys,
        // The project was closed meanwhile.
        () => [],
      );
  }
  const cancel = (): Promise<unknown> => client().imports.cancelStudies({});
  const dismiss = (): void => void (status.value = null);
  return { status, coming, withText, lookForText, cancel, dismiss };
});
