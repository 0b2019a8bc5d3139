import { shallowReactive } from 'vue';
import { defineStore } from 'pinia';
import type { SampleRow } from '@shared/domain';
import { useEvent } from './events';
import { useMessages } from './messages';
import { client } from './services';

/** Rows kept beside those on screen; some 600 bytes each. */
const KEPT = 20_000;
const BATCH = 400;
const PARALLEL = 2;
/** Milliseconds before what changed is fetched anew: never in the frame in which a person labels. */
const LATER = 120;

/**
 * Rows of samples by key, fetched in batches when a page asks and patched one by one when a label is saved. A component that
 * reads `get(key)` is drawn anew when that one row changes, and only then.
 */
export const useRows = defineStore('rows', () => {
  const rows = shallowReactive(new Map<number, SampleRow>());
  const asked = new Set<number>();
  const watched = new Map<string, readonly number[]>();
  let wanted = new Set<number>();
  /** Still shown, but older than the predictions of now. */
  const old = new Set<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let queue: number[] = [];
  let running = 0;
  let epoch = 0;

  const get = (key: number): SampleRow | undefined => rows.get(key);

  /** Fetches the rows of these keys that are not here yet, or old; what was asked last comes first. */
  function ensure(keys: readonly number[]): void {
    const missing = keys.filter((key) => (!rows.has(key) || old.has(key)) && !asked.has(key));
    if (missing.length === 0) return;
    const fresh = new Set(missing);
    queue = [...missing, ...queue.filter((key) => !fresh.has(key))].slice(0, 8 * BATCH);
    pump();
  }

  function pump(): void {
    while (running < PARALLEL && queue.length > 0) {
      running += 1;
      void fetchRows(queue.splice(0, BATCH)).finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  async function fetchRows(keys: readonly number[]): Promise<void> {
    if (keys.length === 0) return;
    const asOf = epoch;
    for (const key of keys) asked.add(key);
    try {
      const answer = await client().samples.rows({ keys: [...keys] });
      if (asOf === epoch)
        for (const row of answer) {
          rows.set(row.key, row);
          old.delete(row.key);
        }
      trim();
    } catch (error) {
      if (asOf === epoch) useMessages().fail(error);
    } finally {
      for (const key of keys) asked.delete(key);
    }
  }

  /** Forgets the oldest rows that no page shows. */
  function trim(): void {
    if (rows.size <= KEPT) return;
    const shown = new Set([...watched.values()].flat());
    for (const key of rows.keys()) {
      if (rows.size <= KEPT) return;
      if (!shown.has(key)) rows.delete(key);
    }
  }

  /** Says which keys a page has on screen: these are kept, and fetched anew when predictions change. */
  function watchKeys(owner: string, keys: readonly number[]): void {
    watched.set(owner, keys);
    ensure(keys);
  }
  const unwatch = (owner: string): void => void watched.delete(owner);

  /** Puts part of one row in place at once. */
  function patch(key: number, change: Partial<SampleRow>): void {
    const row = rows.get(key);
    if (row) rows.set(key, { ...row, ...change });
  }

  /** Fetches these rows anew a little later. */
  function refreshLater(keys: Iterable<number>): void {
    for (const key of keys) if (rows.has(key)) wanted.add(key);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const list = [...wanted];
      wanted = new Set();
      for (let i = 0; i < list.length; i += BATCH) void fetchRows(list.slice(i, i + BATCH));
    }, LATER);
  }

  /** Fetches anew what is on screen, and the rest when it is asked for; nothing vanishes meanwhile. */
  function refreshAll(): void {
    const shown = new Set([...watched.values()].flat());
    for (const key of rows.keys()) if (!shown.has(key)) old.add(key);
    refreshLater(shown);
  }

  function clear(): void {
    epoch += 1;
    asked.clear();
    queue = [];
    old.clear();
    wanted.clear();
    rows.clear();
  }

  let project: string | null = null;
  useEvent('labels', ({ keys }) => refreshLater(keys));
  useEvent('predictions', () => refreshAll());
  useEvent('project', ({ info }) => {
    if ((info?.id ?? null) !== project) clear();
    else refreshAll();
    project = info?.id ?? null;
  });

  return { get, ensure, watchKeys, unwatch, patch, refreshLater, refreshAll, clear };
});
