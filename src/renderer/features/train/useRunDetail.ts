import { computed, ref, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { RunDetail } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent, useRuns } from '@renderer/stores';
import { withProgress } from './learning';

/** What a run's folder says, kept up to date while it runs. */
export function useRunDetail(id: Ref<string | null>) {
  const runs = useRuns();
  const detail = shallowRef<RunDetail | null>(null);
  const error = shallowRef<UserErrorData | null>(null);
  const loading = ref(false);
  /** The list is always newer than what was read with the details. */
  const summary = computed(() => runs.runs.find((run) => run.id === id.value) ?? detail.value?.summary ?? null);
  const progress = computed(() => (id.value === null ? null : (runs.progress.get(id.value) ?? null)));

  let asked = 0;
  async function load(): Promise<void> {
    const mine = ++asked;
    const run = id.value;
    error.value = null;
    if (run === null) return void (detail.value = null);
    loading.value = detail.value?.summary.id !== run;
    try {
      const answer = await client().training.run({ run });
      if (mine === asked) detail.value = answer;
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  useEvent('run', ({ progress: news }) => {
    if (detail.value?.summary.id === news.run) detail.value = { ...detail.value, ...withProgress(detail.value, news) };
  });
  watch(id, () => void load(), { immediate: true });
  // A run that starts, ends or is stopped has written more than its events told.
  watch(
    () => summary.value?.state,
    (now, before) => {
      if (before !== undefined && now !== before) void load();
    },
  );

  return { detail, summary, progress, error, loading, load };
}
