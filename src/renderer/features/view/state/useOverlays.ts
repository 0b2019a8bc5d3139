import { computed, ref, watch } from 'vue';
import type { FileVolume } from '@shared/domain';
import { client } from '@renderer/stores';
import { isLayer, labelColour } from './layers';
import type { Files } from './useFiles';
import type { Layers } from './useLayers';

/** Graphics cover what lies below them almost wholly: they are lines and letters. */
const OPACITY = 0.9;

/**
 * Graphics that DICOM files bring along beside their pictures. Nothing lies over a picture unless the person asks: they are offered, and read when they are asked for.
 * @param shown the volume in files that is looked at
 */
export function useOverlays(shown: () => FileVolume | null, files: Files, layers: Layers) {
  const busy = ref(false);
  const state = ref<'offered' | 'laid' | 'empty'>('offered');
  watch(
    () => shown()?.id,
    () => (state.value = 'offered'),
  );
  const has = computed(() => shown()?.header.notes.some(({ code }) => code === 'overlays-ignored') ?? false);

  /** Lays them over the volume, each as a layer of its own. @throws UserError */
  async function lay(): Promise<void> {
    const { id } = shown()!;
    busy.value = true;
    try {
      const found = await client().volumes.overlays({ id });
      // Where its picture is shown in a lower resolution, so is what lies over it.
      const how = (i: number) => ({ colour: labelColour(i), lower: 'fitting' }) as const;
      const read = await Promise.all(found.map((overlay, i) => files.layer(overlay, String, how(i))));
      if (shown()?.id !== id) return;
      const drawn = read.filter(isLayer).filter(({ kind }) => kind.kind === 'labels' && kind.labels.length > 0);
      for (const layer of drawn) layers.add({ ...layer, opacity: OPACITY });
      state.value = drawn.length > 0 ? 'laid' : 'empty';
    } finally {
      busy.value = false;
    }
  }
  return { has, state, busy, lay };
}
export type Overlays = ReturnType<typeof useOverlays>;
