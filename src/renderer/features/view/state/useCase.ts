import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { errorData } from '@shared/errors';
import { useApp, useRows } from '@renderer/stores';
import { sampleSource } from '../sources/sample';
import type { VolumeSource } from '../sources/types';
import { kept, kindOf } from './kinds';
import { emptyLoaded, isWhole, take } from './loaded';
import type { Loaded } from './loaded';
import type { Viewer } from './useViewer';

/** How far the voxels of what is shown have come. */
export interface CaseState {
  readonly arrived: number;
  readonly of: number;
}

/**
 * The sample in front: fetches it, fills the viewer as slices arrive, and says when its pixels are on the screen. What arrives too late is
 * dropped.
 * @param ahead samples that are probably asked for next: fetched once the present one is whole
 * @param onSlices slices have been put in place
 */
export function useCase(
  key: () => number | null,
  viewer: Viewer,
  ahead: () => readonly number[],
  onSlices: (from: number, count: number) => void,
) {
  const { t } = useI18n();
  const app = useApp();
  const rows = useRows();
  /** Why nothing is shown. */
  const missing = ref<string | null>(null);
  const progress = shallowRef<CaseState>({ arrived: 0, of: 0 });
  /** The sample that the viewer holds, and the one whose pixels have been drawn: keys act on no other. */
  const held = ref<number | null>(null);
  const drawn = ref<number | null>(null);
  let stop = new AbortController();

  const openingWay = (source: VolumeSource) => kept.catch({}).parse(app.recall(`view.kind.${kindOf(source)}`, {}));

  async function load(wanted: number | null): Promise<void> {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    drawn.value = null;
    missing.value = null;
    if (wanted === null) return clear();
    try {
      const source = await sampleSource(wanted, rows.get(wanted)?.id ?? String(wanted));
      if (!signal.aborted) await fill(wanted, source, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      clear();
      missing.value = t('view.noPixels', { reason: errorData(thrown).message });
      return;
    }
    for (const next of ahead()) sampleSource(next, '').catch(() => undefined);
  }

  async function fill(wanted: number, source: VolumeSource, signal: AbortSignal): Promise<void> {
    let loaded: Loaded | null = null;
    await source.read(signal, (from, values) => {
      if (signal.aborted) return;
      const first = loaded === null;
      // What comes whole is kept as it came.
      const whole = first && values.length === source.grid.size.reduce((a, b) => a * b, source.components);
      loaded ??= emptyLoaded(source, whole ? values : undefined);
      const count = take(loaded, from, values);
      progress.value = { arrived: loaded.here.reduce((sum, here) => sum + here, 0), of: loaded.here.length };
      if (first) {
        held.value = wanted;
        viewer.show(loaded, openingWay(source));
      } else onSlices(from, count);
      if (isWhole(loaded)) viewer.learn();
    });
  }

  function clear(): void {
    held.value = null;
    viewer.show(null);
  }

  watch(key, load, { immediate: true });
  // How this kind is looked at is found again.
  watch(
    () => [viewer.layout.value, viewer.slab.value, viewer.smooth.value, viewer.window.value],
    () => {
      const { value: source } = viewer.source;
      if (source && held.value !== null && !viewer.flat.value)
        app.remember(`view.kind.${kindOf(source)}`, viewer.keeping());
    },
  );
  onScopeDispose(() => stop.abort());

  const loading = computed(() => progress.value.arrived < progress.value.of);
  return { missing, progress, loading, held, drawn, load: () => load(key()) };
}
