import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue';
import type { ActivityPage, BoxEvent, PatientEvent, SchemeEvent } from '@shared/domain';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent } from '@renderer/stores';

export type ActivityEvent = ActivityPage['events'][number];
/** A line of the list: a change of a label, of the classes, of whose samples are, or of boxes. */
export type ActivityLine = { readonly kind: 'label'; readonly id: string; readonly event: ActivityEvent } | BetweenLine;
/** A line between labels' changes. */
type BetweenLine =
  | { readonly kind: 'scheme'; readonly id: string; readonly event: SchemeEvent }
  | { readonly kind: 'patients'; readonly id: string; readonly event: PatientEvent }
  | { readonly kind: 'boxes'; readonly id: string; readonly event: BoxEvent };
const PAGE = 300;
/** Milliseconds of quiet while a person types or labels. */
const QUIET = 250;

export interface ActivityFilter {
  text: string;
  reader: string;
  origin: string;
  withImported: boolean;
}

/** All changes of labels, newest first, page by page. */
export function useActivity() {
  const filter = reactive<ActivityFilter>({ text: '', reader: '', origin: '', withImported: false });
  const events = shallowRef<readonly ActivityEvent[]>([]);
  const between = shallowRef<readonly BetweenLine[]>([]);
  const withheld = ref(0);
  const lines = computed(() => merged(events.value, between.value));
  const more = ref(false);
  const loading = ref(false);
  const loaded = ref(false);
  const error = shallowRef<UserErrorData | null>(null);
  const isFiltered = computed(() => filter.text !== '' || filter.reader !== '' || filter.origin !== '');

  let asked = 0;
  async function ask(before: number | null): Promise<void> {
    const mine = ++asked;
    loading.value = true;
    error.value = null;
    try {
      const page = await client().labels.activity({
        before,
        limit: PAGE,
        withoutImported: !filter.withImported && filter.origin !== 'imported',
        ...(filter.reader ? { reader: filter.reader } : {}),
        ...(filter.origin ? { origin: filter.origin } : {}),
        ...(filter.text.trim() ? { text: filter.text.trim() } : {}),
      });
      if (mine !== asked) return;
      events.value = before === null ? page.events : [...events.value, ...page.events];
      between.value = before === null ? betweenOf(page) : [...between.value, ...betweenOf(page)];
      withheld.value = page.withheld;
      more.value = page.more;
      loaded.value = true;
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }
  const load = (): Promise<void> => ask(null);
  async function loadMore(): Promise<void> {
    const last = events.value.at(-1);
    if (more.value && !loading.value && last) await ask(last.position);
  }
  function clear(): void {
    Object.assign(filter, { text: '', reader: '', origin: '' });
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  const loadLater = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), QUIET);
  };
  watch(filter, loadLater);
  useEvent('labels', loadLater);
  useEvent('project', loadLater);
  onScopeDispose(() => clearTimeout(timer));
  void load();

  return { filter, events, lines, withheld, more, loading, loaded, error, isFiltered, load, loadMore, clear };
}

/** A page's changes of classes, patients and boxes, newest first. */
function betweenOf({ schemes, patients, boxes }: ActivityPage): BetweenLine[] {
  return [
    ...schemes.map((event): BetweenLine => ({ kind: 'scheme', id: event.id, event })),
    ...patients.map((event): BetweenLine => ({ kind: 'patients', id: event.id, event })),
    ...boxes.map((event): BetweenLine => ({ kind: 'boxes', id: event.id, event })),
  ].sort((a, b) => b.event.after - a.event.after || b.event.time.localeCompare(a.event.time));
}

/** Both newest first: what lies between stands above the label event that it followed. */
function merged(events: readonly ActivityEvent[], between: readonly BetweenLine[]): ActivityLine[] {
  const lines: ActivityLine[] = [];
  let next = 0;
  for (const event of events) {
    for (; next < between.length && between[next]!.event.after >= event.position; next++) lines.push(between[next]!);
    lines.push({ kind: 'label', id: event.id, event });
  }
  return [...lines, ...between.slice(next)];
}
