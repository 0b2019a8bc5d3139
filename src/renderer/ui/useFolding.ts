import { nextTick, onBeforeUnmount, onMounted, ref, watch } from 'vue';
import type { Ref } from 'vue';

/**
 * How far a row of controls must fold to stay one row: 0 not at all, up to `most`. It is measured whenever the room or what stands in the row changes,
 * before anything is painted.
 * @param content whatever decides how long the row is
 */
export function useFolding(row: Ref<HTMLElement | null>, most: number, content: () => unknown): Readonly<Ref<number>> {
  const level = ref(0);
  let run = 0;
  async function fit(): Promise<void> {
    const own = ++run;
    level.value = 0;
    await nextTick();
    while (own === run && row.value && level.value < most && row.value.scrollWidth > row.value.clientWidth) {
      level.value += 1;
      await nextTick();
    }
  }
  const observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => void fit());
  onMounted(() => row.value && observer?.observe(row.value));
  onBeforeUnmount(() => observer?.disconnect());
  watch(content, () => void fit(), { deep: true });
  return level;
}
