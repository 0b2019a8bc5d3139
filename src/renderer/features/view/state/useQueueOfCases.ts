import { computed, ref, watch } from 'vue';
import { useRoute } from 'vue-router';
import { useBrowse } from '@renderer/features/browse';
import { useQueue, useRows } from '@renderer/stores';

/**
 * Browse's queue, and the case of it that is in front: the one selected there, and what is gone to here is selected there. A sample that was
 * opened from another queue (the suspects) keeps that one.
 */
export function useQueueOfCases() {
  const route = useRoute();
  const browse = useBrowse();
  const queue = useQueue();
  const rows = useRows();
  const key = ref<number | null>(null);

  const keys = computed(() => queue.queue.keys);
  const at = computed(() => (key.value === null ? -1 : keys.value.indexOf(key.value)));
  const neighbour = (by: number): number | null => (key.value === null ? null : queue.neighbour(key.value, by));
  const ahead = (): number[] => [1, -1].flatMap((by) => neighbour(by) ?? []);

  function go(to: number | null): void {
    if (to === null) return;
    key.value = to;
    queue.current = to;
    if (queue.queue.from === 'browse' && browse.indexOf(to) >= 0)
      browse.selection = { active: to, anchor: to, keys: new Set([to]) };
  }
  const step = (by: number): void => go(neighbour(by));

  /** Called whenever the place is shown. */
  async function enter(): Promise<void> {
    const asked = route.params['key'] ? Number(route.params['key']) : null;
    if (asked !== null && keys.value.includes(asked)) return go(asked);
    await browse.start();
    const wanted = asked ?? browse.selection.active ?? browse.keys[0] ?? null;
    queue.open({ keys: browse.keys, name: browse.name, from: 'browse' }, wanted ?? -1);
    if (wanted !== key.value) key.value = wanted;
  }
  watch(key, (now) => now !== null && rows.ensure([now, ...ahead()]));

  return { key, keys, at, ahead, neighbour, go, step, enter, name: computed(() => `${queue.queue.name}, view`) };
}
