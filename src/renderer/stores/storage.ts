import { computed, shallowReactive, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { StorageStatus, TaskProgress } from '@shared/domain';
import { useEvent } from './events';
import { client } from './services';

/** The disk under the open project, its originals and backups, and the long tasks that touch files. */
export const useStorage = defineStore('storage', () => {
  const status = shallowRef<StorageStatus | null>(null);
  /** By task id. */
  const tasks = shallowReactive(new Map<string, TaskProgress>());
  let project: string | null = null;

  useEvent('storage', (event) => void (status.value = event.status));
  useEvent('task', ({ progress }) => tasks.set(progress.id, progress));
  useEvent('project', ({ info }) => {
    if ((info?.id ?? null) === project) return;
    project = info?.id ?? null;
    if (!info) status.value = null;
  });
  const level = computed(() => status.value?.space.level ?? 'enough');

  /** Runs something long; while it runs, `tasks` says how far it is. */
  async function run<T>(work: (id: string) => Promise<T>, started: (id: string) => void = () => undefined): Promise<T> {
    const id = crypto.randomUUID();
    started(id);
    try {
      return await work(id);
    } finally {
      tasks.delete(id);
    }
  }
  const cancel = (id: string): void => void client().storage.cancel({ id });

  return { status, level, tasks, run, cancel };
});
