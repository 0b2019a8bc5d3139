import { shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { StudyImport } from '@shared/domain';
import { useEvent } from './events';
import { client } from './services';

/** Studies that come into the open project while people work in it. */
export const useStudies = defineStore('studies', () => {
  const status = shallowRef<StudyImport | null>(null);
  useEvent('studies', (event) => void (status.value = event.status));
  const cancel = (): Promise<unknown> => client().imports.cancelStudies({});
  const dismiss = (): void => void (status.value = null);
  return { status, cancel, dismiss };
});
