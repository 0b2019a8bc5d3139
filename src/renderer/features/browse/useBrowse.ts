import { computed, nextTick, ref, shallowRef, watch } from 'vue';
import { defineStore } from 'pinia';
import type { Facets, ProjectInfo, ReaderPlace, SampleFilter, SampleSort } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { useEvent } from '@renderer/stores/events';
import { useProject } from '@renderer/stores/project';
import { useQueue } from '@renderer/stores/queue';
import { useReading } from '@renderer/stores/reading';
import { useReturning } from '@renderer/stores/returning';
import { client } from '@renderer/stores/services';
import { tellsOfModel, withoutModel } from './filter';
import { NOTHING, only } from './selection';
import type { Selection } from './selection';
import { sampleKeys } from '@shared/sampleKeys';

/** Milliseconds of quiet before counts, and what would be new in the queue, are asked for. */
const COUNTS_LATER = 250;
const STALE_LATER = 900;
/** Of a selection that is found again, and of what follows the selected sample. */
const MOST_SELECTED = 2000;
const FOLLOWING = 50;
/**
 * Training samples first: they are what the model learns from, and carry its opinions. Where nothing was labelled at the start a seeded
 * random order, so that the first labels stand for all.
 */
const firstSort = (info: ProjectInfo | null): SampleSort => (info?.splits.stratified === false ? 'random' : 'split');
/** Orders that begin with the greatest: the surest disagreement, the surest prediction, the last change. */
const DOWNWARDS: readonly SampleSort[] = ['disagreement', 'confidence', 'changed'];

/**
 * What Browse shows. Its queue stands still: order and membership are taken when it is opened (filter, sort, refresh) and change
 * only then; labels and predictions inside it follow. Studies that come in behind join at its end.
 */
export const useBrowse = defineStore('browse', () => {
  const returning = useReturning();
  const project = useProject();
  const reading = useReading();
  const filter = shallowRef<SampleFilter>({});
  const sort = ref<SampleSort>(firstSort(project.info));
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

  /** Place of each key, −1 for those outside: keys are small and dense, and an array of a hundred thousand is made in a moment. */
  const places = computed(() => {
    const found = new Int32Array(1 + keys.value.reduce((most, key) => Math.max(most, key), -1)).fill(-1);
    keys.value.forEach((key, i) => (found[key] = i));
    return found;
  });
  const indexOf = (key: number): number => places.value[key] ?? -1;
  const name = computed(() => `browse by ${sort.value}`);

  let countTimer: ReturnType<typeof setTimeout> | undefined;
  let staleTimer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const list = (): Promise<number[]> =>
    sampleKeys(client(), {
      filter: filter.value,
      sort: sort.value,
      descending: descending.value,
      seed: seed.value,
    });

  /**
   * Opens the queue anew.
   * @param keep the selected sample stays selected where it is still in it; otherwise the first one is selected
   */
  async function open(keep = true): Promise<void> {
    if (!project.info) return;
    const mine = ++asked;
    loading.value = true;
    // What is asked for now is newer than all news until now.
    clearTimeout(countTimer);
    clearTimeout(staleTimer);
    try {
      const next = await list();
      if (mine !== asked) return;
      keys.value = next;
      error.value = null;
      fresh.value = 0;
      stale.value = false;
      const { active } = selection.value;
      if (!keep || active === null || indexOf(active) < 0) selection.value = next.length > 0 ? only(next[0]!) : NOTHING;
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
    } finally {
      if (mine === asked) loading.value = false;
    }
    if (owed) await takeIn();
    // Pixels and rows of what is now on the screen are asked for first.
    await nextTick();
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

  let owed = false;
  /** Samples that came in join at the end, where they fit the filter: nobody's place moves. */
  async function takeIn(): Promise<void> {
    if (!project.info || (returned !== shown && keys.value.length === 0)) return;
    // A list that is on its way may have been made before they came.
    owed = loading.value;
    if (owed) return;
    const mine = asked;
    const next = await list();
    if (mine !== asked) return;
    const came = next.filter((key) => indexOf(key) < 0);
    const before = keys.value;
    if (came.length > 0) {
      keys.value = [...before, ...came];
      useQueue().extend(before, keys.value);
      if (selection.value.active === null) selection.value = only(came[0]!);
    }
    fresh.value = 0;
    stale.value = next.some((key, i) => key !== keys.value[i]);
  }
  /** Of the import of studies that was told of last. */
  let added = 0;
  useEvent('studies', ({ status }) => {
    const before = added;
    added = status?.added ?? 0;
    if (added > before) void takeIn().catch((thrown: unknown) => console.warn('what came in was not added', thrown));
  });

  /** The list as it was before the model was hidden. */
  let before: { filter: SampleFilter; sort: SampleSort; descending: boolean; title: string | null } | null = null;

  let shown: string | null = null;
  useEvent('project', ({ info }) => {
    if ((info?.id ?? null) === shown) return info ? newsLater() : undefined;
    forget();
  });

  function forget(): void {
    shown = project.info?.id ?? null;
    before = null;
    asked += 1;
    filter.value = {};
    sort.value = firstSort(project.info);
    seed.value = 1;
    descending.value = false;
    title.value = null;
    keys.value = [];
    selection.value = NOTHING;
    facets.value = null;
    loading.value = false;
    returned = null;
  }

  /** The project whose place was looked for: what was set last time is found again once. */
  let returned: string | null = null;
  /** Filter, order and selection as they were left. The selected sample, or what followed it, is selected again. */
  function comeBack(was: NonNullable<ReaderPlace['browse']>, order: readonly number[]): void {
    const there = new Set(order);
    const active = [was.active, ...was.following].find((key) => key !== null && there.has(key)) ?? null;
    if (active === null) return;
    const keys = was.selected.filter((key) => there.has(key));
    selection.value = { active, anchor: active, keys: new Set(keys.includes(active) ? keys : [active]) };
  }
  async function recall(): Promise<void> {
    const mine = shown;
    const was = (await returning.place())?.browse;
    if (mine !== shown || returned === mine) return;
    returned = mine;
    if (!was || title.value !== null) return open();
    filter.value = was.filter;
    sort.value = was.sort;
    descending.value = was.descending;
    seed.value = was.seed;
    await (reading.modelHidden && tellsOfModel(was.filter, was.sort) ? followModel(true) : open());
    if (mine === shown) comeBack(was, keys.value);
  }
  watch([filter, sort, descending, seed, selection, keys], () => {
    // Samples behind a figure are no filter that a person set.
    if (returned === null || title.value !== null || keys.value.length === 0) return;
    const { active } = selection.value;
    const at = active === null ? -1 : indexOf(active);
    returning.report({
      browse: {
        filter: filter.value,
        sort: sort.value,
        descending: descending.value,
        seed: seed.value,
        active,
        selected: [...selection.value.keys].slice(0, MOST_SELECTED),
        following: at < 0 ? [] : keys.value.slice(at + 1, at + 1 + FOLLOWING),
      },
    });
  });

  let starting: { readonly of: string | null; readonly done: Promise<void> } | null = null;
  /** First look at a project: what was set last time, then the queue. Who asks while it is on its way waits for the same. */
  function start(): Promise<void> {
    const of = project.info?.id ?? null;
    if (starting?.of === of) return starting.done;
    if (of !== shown) forget();
    const done = (keys.value.length > 0 ? count() : returned === shown ? open() : recall()).finally(() => {
      if (starting?.done === done) starting = null;
    });
    starting = { of, done };
    return done;
  }

  /** Another reader goes on where they were. */
  async function again(): Promise<void> {
    returned = null;
    title.value = null;
    await recall();
  }

  async function setFilter(next: SampleFilter): Promise<void> {
    before = null;
    filter.value = next;
    if (!next.keys) title.value = null;
    await open(false);
  }
  async function setSort(next: SampleSort): Promise<void> {
    before = null;
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

  /** With the model hidden no order, filter or cell of the confusion matrix may tell what it thinks; shown again, they come back. */
  async function followModel(hidden: boolean): Promise<void> {
    const was = { filter: filter.value, sort: sort.value, descending: descending.value, title: title.value };
    if (!hidden) {
      if (before === null) return;
      [filter.value, sort.value] = [before.filter, before.sort];
      [descending.value, title.value] = [before.descending, before.title];
      before = null;
      return open();
    }
    if (title.value === null && !tellsOfModel(filter.value, sort.value)) return;
    before = was;
    filter.value = title.value === null ? withoutModel(filter.value) : {};
    title.value = null;
    if (tellsOfModel({}, sort.value)) {
      sort.value = firstSort(project.info);
      descending.value = false;
    }
    await open();
  }
  watch(
    () => reading.modelHidden,
    (hidden) => void followModel(hidden),
  );

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
    again,
    open,
    setFilter,
    setSort,
    turnRound,
    showOnly,
  };
});
