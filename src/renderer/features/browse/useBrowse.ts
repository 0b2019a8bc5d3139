import { computed, ref, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import type { Facets, SampleFilter, SampleSort } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { useApp } from '@renderer/stores/app';
import { useEvent } from '@renderer/stores/events';
import { useProject } from '@renderer/stores/project';
import { client } from '@renderer/stores/services';
import { NOTHING, only } from './selection';
import type { Selection } from './selection';

/** Milliseconds of quiet before counts, and what would be new in the queue, are asked for. */
const COUNTS_LATER = 250;
const STALE_LATER = 900;
/** Training samples first: they are what the model learns from, and carry its opinions. */
const FIRST_SORT: SampleSort = 'split';
/** Orders that begin with the greatest: the surest disagreement, the surest prediction, the last change. */
const DOWNWARDS: readonly SampleSort[] = ['disagreement', 'confidence', 'changed'];

/**
 * What Browse shows. Its queue stands still: order and membership are taken when it is opened (filter, sort, refresh) and change
 * only then; labels and predictions inside it follow.
 */
export const useBrowse = defineStore('browse', () => {
  const app = useApp();
  const project = useProject();
  const filter = shallowRef<SampleFilter>({});
  const sort = ref<SampleSort>(FIRST_SORT);
  const descending = ref(false);
  const seed = ref(1);
  /** Says what `filter.keys` is about, e.g. a cell of the confusion matrix. */
  const title = ref<string | null>(null);

  const keys = shallowRef<readonly number[]>([]);
  const selection = shallowRef<Selection>(NOTHING);
  const facets = shallowRef<Facets | null>(null);
  const loading = ref(false);
  const error = shallowRef<UserErrorData | null>(null);
  /** How many would join on refresh, and whether anything at all would change. */
  const fresh = ref(0);
  const stale = ref(false);

  const places = computed(() => {
    const found = new Map<number, number>();
    keys.value.forEach((key, i) => found.set(key, i));
    return found;
  });
  const indexOf = (key: number): number => places.value.get(key) ?? -1;
  const name = computed(() => `browse by ${sort.value}`);

  let asked = 0;
  const list = async (): Promise<number[]> =>
    (
      await client().samples.list({
        filter: filter.value,
        sort: sort.value,
        descending: descending.value,
        seed: seed.value,
      })
    ).keys;

  /**
   * Opens the queue anew.
   * @param keep the selected sample stays selected where it is still in it; otherwise the first one is selected
   */
  async function open(keep = true): Promise<void> {
    if (!project.info) return;
    const mine = ++asked;
    loading.value = true;
    try {
      const next = await list();
      if (mine !== asked) return;
      keys.value = next;
      error.value = null;
      fresh.value = 0;
      stale.value = false;
      const { active } = selection.value;
      if (!keep || active === null || indexOf(active) < 0) selection.value = next.length > 0 ? only(next[0]!) : NOTHING;
      remember();
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
    } finally {
      if (mine === asked) loading.value = false;
    }
    await count();
  }

  let counted = 0;
  async function count(): Promise<void> {
    if (!project.info) return;
    const mine = ++counted;
    try {
      const next = await client().samples.facets({ filter: filter.value });
      if (mine === counted) facets.value = next;
    } catch (thrown) {
      if (mine === counted) error.value = errorData(thrown);
    }
  }

  /** Looks what a refresh would bring, without touching the queue. */
  async function compare(): Promise<void> {
    if (!project.info || loading.value) return;
    const mine = asked;
    const next = await list();
    if (mine !== asked) return;
    fresh.value = next.reduce((sum, key) => sum + (indexOf(key) < 0 ? 1 : 0), 0);
    stale.value = next.length !== keys.value.length || next.some((key, i) => key !== keys.value[i]);
  }

  let countTimer: ReturnType<typeof setTimeout> | undefined;
  let staleTimer: ReturnType<typeof setTimeout> | undefined;
  function newsLater(): void {
    clearTimeout(countTimer);
    clearTimeout(staleTimer);
    countTimer = setTimeout(() => void count(), COUNTS_LATER);
    staleTimer = setTimeout(
      () => void compare().catch((thrown: unknown) => console.warn('the list was not compared', thrown)),
      STALE_LATER,
    );
  }
  useEvent('labels', newsLater);
  useEvent('predictions', newsLater);

  let shown: string | null = null;
  useEvent('project', ({ info }) => {
    if ((info?.id ?? null) === shown) return info ? newsLater() : undefined;
    forget();
  });

  function forget(): void {
    shown = project.info?.id ?? null;
    asked += 1;
    filter.value = {};
    sort.value = FIRST_SORT;
    descending.value = false;
    title.value = null;
    keys.value = [];
    selection.value = NOTHING;
    facets.value = null;
    loading.value = false;
    if (shown) recall(shown);
  }

  interface Remembered {
    filter?: SampleFilter;
    sort?: SampleSort;
    descending?: boolean;
  }
  const memory = (id: string): string => `browse:${id}`;
  function recall(id: string): void {
    const found = app.recall(memory(id), {} as never) as Remembered;
    filter.value = found.filter ?? {};
    sort.value = found.sort ?? FIRST_SORT;
    descending.value = found.descending ?? false;
  }
  function remember(): void {
    if (!project.info || title.value !== null) return;
    app.remember(memory(project.info.id), {
      filter: filter.value,
      sort: sort.value,
      descending: descending.value,
    } as never);
  }

  /** First look at a project: what was set last time, then the queue. */
  async function start(): Promise<void> {
    if ((project.info?.id ?? null) !== shown) forget();
    await (keys.value.length === 0 ? open() : count());
  }

  async function setFilter(next: SampleFilter): Promise<void> {
    filter.value = next;
    if (!next.keys) title.value = null;
    await open(false);
  }
  async function setSort(next: SampleSort): Promise<void> {
    sort.value = next;
    if (next === 'random') seed.value += 1;
    descending.value = DOWNWARDS.includes(next);
    await open(false);
  }
  async function turnRound(): Promise<void> {
    descending.value = !descending.value;
    await open(false);
  }
  /** Shows these samples alone, e.g. those behind a figure. */
  async function showOnly(only: SampleFilter, what: string): Promise<void> {
    if ((project.info?.id ?? null) !== shown) forget();
    title.value = what;
    filter.value = only;
    selection.value = NOTHING;
    await open();
  }

  return {
    filter,
    sort,
    descending,
    title,
    keys,
    selection,
    facets,
    loading,
    error,
    fresh,
    stale,
    name,
    indexOf,
    start,
    open,
    setFilter,
    setSort,
    turnRound,
    showOnly,
  };
});
