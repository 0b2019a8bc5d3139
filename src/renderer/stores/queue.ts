import { shallowRef } from 'vue';
import { defineStore } from 'pinia';

/** An order of samples in which a person works. It stands still: only who opened it changes it, or adds to its end. */
export interface Queue {
  readonly keys: readonly number[];
  /** As it goes into label events, e.g. `browse by disagreement`. */
  readonly name: string;
  /** Name of the route where it was opened, and where "back" leads. */
  readonly from: string;
}

/** The queue that the large image walks through, and the sample it stands at. */
export const useQueue = defineStore('queue', () => {
  const queue = shallowRef<Queue>({ keys: [], name: 'sample', from: 'browse' });
  const current = shallowRef<number | null>(null);

  function open(next: Queue, key: number): void {
    queue.value = next;
    current.value = key;
  }
  /** The same queue with more at its end; another one that was opened meanwhile stays as it is. */
  function extend(from: readonly number[], keys: readonly number[]): void {
    if (queue.value.keys === from) queue.value = { ...queue.value, keys };
  }
  /** The key `by` places further, null beyond the ends. */
  function neighbour(key: number, by: number): number | null {
    const at = queue.value.keys.indexOf(key);
    return at < 0 ? null : (queue.value.keys[at + by] ?? null);
  }
  return { queue, current, open, extend, neighbour };
});
