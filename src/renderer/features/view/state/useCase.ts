import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { errorData } from '@shared/errors';
import { useApp } from '@renderer/stores';
import { gpuHere } from '@renderer/vtk';
import { thinned } from '../sources/thinned';
import type { VolumeSource } from '../sources/types';
import { atLeast, fitOf, lowerThan } from './fit';
import type { Offer, Strides } from './fit';
import { kept, kindOf } from './kinds';
import { arrivedOf, emptyLoaded, isLarge, isWhole, release, take } from './loaded';
import type { Loaded } from './loaded';
import type { Viewer } from './useViewer';

/** How far the voxels of what is shown have come. */
export interface CaseState {
  readonly arrived: number;
  readonly of: number;
}

/** What is looked at: a sample of the project, or a volume in files, which has no key and is not labelled. */
export interface Subject {
  readonly id: string;
  readonly key: number | null;
  /** @throws UserError */
  open(): Promise<VolumeSource>;
}

/**
 * The case in front: fetches it, fills the viewer as slices arrive, and says when its pixels are on the screen. What arrives too late is
 * dropped.
 * @param preload fetches what is probably asked for next, once the present one is whole
 * @param onSlices slices have been put in place
 * @param keeps whether the way in which it is looked at is to be found again
 */
export function useCase(
  subject: () => Subject | null,
  viewer: Viewer,
  preload: () => void,
  onSlices: (from: number, count: number, whole: boolean) => void,
  keeps: () => boolean,
) {
  const { t } = useI18n();
  const app = useApp();
  /** Why nothing is shown. */
  const missing = ref<string | null>(null);
  const progress = shallowRef<CaseState>({ arrived: 0, of: 0 });
  /** Ids of what the viewer holds, and of that whose pixels have been drawn: keys act on no other. */
  const held = ref<string | null>(null);
  const drawn = ref<string | null>(null);
  /** What is shown only where the person takes a lower resolution. */
  const offer = shallowRef<Offer | null>(null);
  let taken: { id: string; strides: Strides } | null = null;
  /** What was opened last, in full, and what of it is in memory. */
  let opened: VolumeSource | null = null;
  let inMemory: Loaded | null = null;
  let stop = new AbortController();

  const openingWay = (source: VolumeSource) => kept.catch({}).parse(app.recall(`view.kind.${kindOf(source)}`, {}));

  async function load(wanted: Subject | null): Promise<void> {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    drawn.value = null;
    missing.value = null;
    offer.value = null;
    opened = null;
    if (wanted === null) return clear();
    // Two large ones at a time may be more than there is room for.
    if (inMemory && isLarge(inMemory)) clear();
    try {
      const source = await wanted.open();
      const fitting = signal.aborted ? null : fittingOf(wanted, source);
      if (!fitting) return source.drop?.();
      opened = source;
      await fill(wanted.id, fitting, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      // The window has less to give than the machine.
      if (thrown instanceof RangeError) return noRoom();
      clear();
      missing.value = t('view.noPixels', { reason: errorData(thrown).message });
      return;
    }
    if (!signal.aborted) preload();
  }

  /** The volume as it can be shown here; null where a lower resolution is offered and not yet taken. */
  function fittingOf({ id }: Subject, source: VolumeSource): VolumeSource | null {
    const strides = taken?.id === id ? taken.strides : null;
    const fit = fitOf(source, { gpu: gpuHere(), free: source.freeMemory });
    if (strides) return thinned(source, atLeast(strides, fit.strides));
    if (!fit.tight) return source;
    clear();
    offer.value = { source, ...fit };
    return null;
  }
  /** Memory or graphics gave out where it should have fitted: a lower resolution is offered. */
  function noRoom(): void {
    const [source, id] = [opened, subject()?.id];
    stop.abort();
    clear();
    if (!source) return;
    offer.value = lowerThan(source, taken && taken.id === id ? taken.strides : [1, 1, 1]);
  }
  /** The person takes the lower resolution. */
  function accept(): void {
    const [wanted, now] = [offer.value, subject()];
    if (!wanted || !now) return;
    taken = { id: now.id, strides: wanted.strides };
    void load(now);
  }

  async function fill(wanted: string, source: VolumeSource, signal: AbortSignal): Promise<void> {
    let loaded: Loaded | null = null;
    await source.read(signal, (from, values) => {
      if (signal.aborted) return;
      const first = loaded === null;
      // What comes whole is kept as it came.
      const whole = first && values.length === source.grid.size.reduce((a, b) => a * b, source.components);
      loaded ??= emptyLoaded(source, whole ? values : undefined);
      const count = take(loaded, from, values);
      progress.value = arrivedOf(loaded);
      if (first) {
        held.value = wanted;
        viewer.show(loaded, openingWay(source));
        hold(loaded);
      } else onSlices(from, count, isWhole(loaded));
      if (isWhole(loaded)) viewer.learn();
    });
  }

  function clear(): void {
    held.value = null;
    viewer.show(null);
    hold(null);
  }
  /** The one before is looked at no longer. */
  function hold(loaded: Loaded | null): void {
    if (inMemory && inMemory !== loaded) release(inMemory);
    inMemory = loaded;
  }

  watch(
    () => subject()?.id ?? null,
    () => void load(subject()),
    { immediate: true },
  );
  // How this kind is looked at is found again.
  watch(
    () => [viewer.layout.value, viewer.slab.value, viewer.smooth.value, viewer.window.value],
    () => {
      const { value: source } = viewer.source;
      if (source && held.value !== null && !viewer.flat.value && keeps())
        app.remember(`view.kind.${kindOf(source)}`, viewer.keeping());
    },
  );
  onScopeDispose(() => {
    stop.abort();
    clear();
  });

  const loading = computed(() => progress.value.arrived < progress.value.of);
  return { missing, offer, progress, loading, held, drawn, accept, noRoom };
}
