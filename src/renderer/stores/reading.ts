import { ref } from 'vue';
import { defineStore } from 'pinia';
import type { ReadingContext, SampleRow } from '@shared/domain';
import { useEvent } from './events';
import { useProject } from './project';

/** What the reader has on screen: it goes into every label event. */
export const useReading = defineStore('reading', () => {
  /** Predictions, neighbours and suggestions are hidden everywhere. */
  const modelHidden = ref(false);
  const seenInFull = new Set<number>();
  useEvent('project', ({ info }) => {
    if (!info) seenInFull.clear();
  });

  const toggleModel = (): void => void (modelHidden.value = !modelHidden.value);
  const sawInFull = (key: number): void => void seenInFull.add(key);

  /**
   * The context of an edit.
   * @param queue where the sample was met, e.g. `browse by disagreement`
   * @param row of the sample; null for an edit of many, whose predictions differ
   */
  function context(queue: string, row: SampleRow | null, openedInFull?: boolean): ReadingContext {
    const shown = modelHidden.value ? null : (row?.prediction ?? null);
    const predictor = useProject().predictor;
    return {
      predictor: shown && predictor ? (predictor.run ? `${predictor.run}:${predictor.head}` : predictor.head) : null,
      probabilities: shown ? [...shown.probabilities] : null,
      modelHidden: modelHidden.value,
      otherReaders: false,
      queue,
      openedInFull: openedInFull ?? (row !== null && seenInFull.has(row.key)),
    };
  }

  return { modelHidden, toggleModel, sawInFull, context };
});
