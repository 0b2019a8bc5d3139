import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { errorData } from '@shared/errors';
import { useApp } from '@renderer/stores';
import type { VolumeSource } from '../sources/types';
import { kept, kindOf } from './kinds';
import { arrivedOf, emptyLoaded, isWhole, take } from './loaded';
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
  let stop = new AbortController();

  const openingWay = (source: VolumeSource) => kept.catch({}).parse(app.recall(`view.kind.${kindOf(source)}`, {}));

  async function load(wanted: Subject | null): Promise<void> {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    drawn.value = null;
    missing.value = null;
    if (wanted === null) return clear();
    try {
      const source = await wanted.open();
      if (!signal.aborted) await fill(wanted.id, source, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      clear();
      missing.value = t('view.noPixels', { reason: errorData(thrown).message });
      return;
    }
    if (!signal.aborted) preload();
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
      } else onSlices(from, count, isWhole(loaded));
      if (isWhole(loaded)) viewer.learn();
    });
  }

  function clear(): void {
    held.value = null;
    viewer.show(null);
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
  onScopeDispose(() => stop.abort());

  const loading = computed(() => progress.value.arrived < progress.value.of);
  return { missing, progress, loading, held, drawn, load: () => load(subject()) };
}
