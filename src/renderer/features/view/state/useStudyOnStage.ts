import { nextTick, watch } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import type { Arranged, Stage } from '@renderer/vtk';
import { isWhole } from './loaded';
import type { Viewer } from './useViewer';

/** The case, or what is compared with it. */
export type Study = 'main' | 'other';
export const paneOf = (study: Study, pane: string): string => `${study} ${pane}`;

/** Where a study's views lie on the stage, moved to the right by some pixels; none while nothing is shown. */
export function arrangedOf(study: Study, viewer: Viewer, shift: number): [string, Arranged][] {
  if (!viewer.loaded.value) return [];
  return [...viewer.rects.value].map(([pane, rect]) => [
    paneOf(study, pane),
    { study, kind: pane === 'volume' ? 'volume' : 'slice', rect: { ...rect, x: rect.x + shift } },
  ]);
}

/**
 * Keeps a stage showing what a viewer looks at.
 * @param arranged what is on the stage: looks come after it
 * @param full told where the graphics have no room for it
 */
export function useStudyOnStage(
  stage: Ref<Stage | null>,
  study: Study,
  viewer: Viewer,
  arranged: ComputedRef<ReadonlyMap<string, Arranged>>,
  moving: Ref<boolean>,
  full: (study: Study) => void,
): void {
  watch(
    () => [stage.value, viewer.loaded.value] as const,
    ([on, loaded]) => {
      const fits = on?.show(study, loaded?.voxels ?? null, loaded === null || isWhole(loaded)) ?? true;
      if (!fits) void nextTick(() => full(study));
    },
    { flush: 'sync', immediate: true },
  );
  watch(
    () => [stage.value, arranged.value, viewer.sliceLooks.value] as const,
    ([on, , looks]) => {
      for (const [name, look] of looks) on?.look(paneOf(study, name), look);
    },
    { immediate: true },
  );
  watch(
    () => [stage.value, arranged.value, viewer.volumeLook.value, moving.value] as const,
    ([on, , look]) => {
      if (look)
        on?.look(paneOf(study, 'volume'), {
          ...look,
          quality: on.gpu.software ? 'light' : moving.value ? 'moving' : 'fine',
        });
    },
    { immediate: true },
  );
}
