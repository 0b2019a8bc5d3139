import { onScopeDispose, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { SampleDetail } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useProject } from '@renderer/stores';
import { useEvent } from '@renderer/stores/events';

/** Milliseconds that a sample must stay selected before its history and neighbours are asked for: labelling comes first. */
const LATER = 90;
/** Milliseconds, and times, that neighbours are asked for again: features are in memory some seconds after a project was opened. */
const PATIENCE = 2000;
const AGAIN = 5;

/** History, neighbours and twins of the sample at hand; empties at once when another one is chosen. */
export function useDetail(
  key: Ref<number | null>,
  active: () => boolean,
): {
  detail: Ref<SampleDetail | null>;
  error: Ref<UserErrorData | null>;
} {
  const project = useProject();
  const detail = shallowRef<SampleDetail | null>(null);
  const error = shallowRef<UserErrorData | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** @param again how often a busy machine, which answers without neighbours, may be asked once more */
  function later(after = LATER, again = AGAIN): void {
    clearTimeout(timer);
    const wanted = key.value;
    if (wanted === null) return;
    timer = setTimeout(() => {
      client()
        .samples.detail({ key: wanted })
        .then((found) => {
          if (key.value !== wanted) return;
          detail.value = found;
          error.value = null;
          if (found.neighbours.length === 0 && project.predictor && again > 0 && active()) later(PATIENCE, again - 1);
        })
        .catch((thrown: unknown) => {
          if (key.value === wanted) error.value = errorData(thrown);
        });
    }, after);
  }

  watch(
    [key, active],
    () => {
      if (detail.value?.row.key !== key.value) detail.value = null;
      if (active()) later();
    },
    { immediate: true },
  );
  useEvent('labels', ({ keys }) => {
    if (key.value !== null && keys.includes(key.value) && active()) later();
  });
  useEvent('predictions', () => {
    if (active()) later();
  });
  onScopeDispose(() => clearTimeout(timer));
  return { detail, error };
}
