import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import { client, useEvent, useLabels, useReturning, useRows } from '@renderer/stores';
import { compare, current, deal, goTo, openQueue, refresh, takeBack } from './queue';

/** A cell of the confusion matrix whose samples are looked at in place of the suspects. */
export interface Cell {
  readonly label: number;
  readonly predicted: number;
  /** Of one of several answers: then label and prediction are 1 for yes and 0 for no. */
  readonly question?: number;
  readonly keys: readonly number[];
}
/** Milliseconds of quiet before the services are asked what a refresh would bring. */
const QUIET = 900;
/** A longer queue is opened anew. */
const MOST_KEPT = 20_000;

/** The queue in front of the person: likely wrong labels, or the samples of a cell. It stands still until it is refreshed. */
export function useSuspects() {
  const rows = useRows();
  const labels = useLabels();
  const returning = useReturning();
  const queue = shallowRef(openQueue([]));
  const withChecked = ref(false);
  /** Only disputes about this one of several answers; null: about any. */
  const question = ref<number | null>(null);
  const cell = shallowRef<Cell | null>(null);
  const loading = ref(true);
  const error = shallowRef<UserErrorData | null>(null);
  const opened = ref(false);

  const key = computed(() => current(queue.value) ?? null);
  const name = computed(() => (cell.value ? 'confusion' : 'suspects'));

  const ask = async (): Promise<readonly number[]> =>
    (await client().insight.suspects({ withChecked: withChecked.value, question: question.value ?? undefined })).keys;

  let asked = 0;
  /** Takes order and members anew, on the person's demand. */
  async function open(keep: boolean): Promise<void> {
    const mine = ++asked;
    loading.value = true;
    error.value = null;
    try {
      const keys = cell.value ? cell.value.keys : await ask();
      if (mine !== asked) return;
      queue.value = keep ? refresh(queue.value, keys) : openQueue(keys);
      opened.value = true;
      rows.watchKeys('check', keys.slice(0, 200));
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The model thought anew: an empty queue fills by itself, one with samples only says what a refresh would bring. */
  function news(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (cell.value || loading.value) return;
      if (queue.value.keys.length === 0) return void open(false);
      ask().then(
        (keys) => (queue.value = compare(queue.value, keys)),
        (thrown: unknown) => console.warn('the queue was not compared', thrown),
      );
    }, QUIET);
  }
  useEvent('labels', news);
  useEvent('predictions', news);
  watch(
    () => labels.reveal,
    (undone) => {
      if (undone?.kind === 'undo') queue.value = takeBack(queue.value, undone.keys);
    },
  );
  // Rows around the one in front are there before they are walked to.
  watch(
    () => queue.value.at,
    (at) => rows.watchKeys('check', queue.value.keys.slice(Math.max(0, at - 100), at + 100)),
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    rows.unwatch('check');
  });
  /** The queue stands as it was left, also over a restart; only "Refresh" brings another. */
  async function start(): Promise<void> {
    const was = await returning.checkPlace();
    if (!was || was.keys.length === 0 || cell.value || asked > 0) return asked === 0 ? open(false) : undefined;
    withChecked.value = was.withChecked;
    queue.value = goTo({ ...openQueue(was.keys), dealt: new Set(was.dealt) }, was.at);
    opened.value = true;
    loading.value = false;
    rows.watchKeys('check', was.keys.slice(Math.max(0, was.at - 100), was.at + 100));
    news();
  }
  void start();
  watch([queue, withChecked], () => {
    if (cell.value || !opened.value) return;
    const { keys, at, dealt: done } = queue.value;
    const check =
      keys.length > MOST_KEPT ? null : { keys: [...keys], at, dealt: [...done], withChecked: withChecked.value };
    returning.report({ check });
  });

  const step = (by: number): void => void (queue.value = goTo(queue.value, queue.value.at + by));
  const go = (at: number): void => void (queue.value = goTo(queue.value, at));
  const dealt = (): void => void (queue.value = deal(queue.value));
  function askChecked(now: boolean): void {
    withChecked.value = now;
    void open(false);
  }
  function askAbout(id: number | null): void {
    question.value = id;
    void open(false);
  }
  function showCell(next: Cell | null): void {
    cell.value = next;
    void open(false);
  }

  return {
    queue,
    key,
    name,
    cell,
    withChecked,
    question,
    loading,
    opened,
    error,
    open,
    step,
    go,
    dealt,
    askChecked,
    askAbout,
    showCell,
  };
}
export type Suspects = ReturnType<typeof useSuspects>;
