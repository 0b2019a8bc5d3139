import { ref, shallowRef, watch } from 'vue';
import { add, centreOf, scale, subtract, voxelAt } from '@shared/space';
import type { Vec3 } from '@shared/space';
import type { Viewer } from './useViewer';

/**
 * Two studies side by side at one place: where the crosshair of one goes, in millimetres, that of the other goes too. Studies that lie in the
 * same part of space share it; others are laid on each other by their middles, until the person says which places belong together.
 */
export function useCompare(main: Viewer, other: Viewer) {
  const together = ref(true);
  /** What is added to a place in the first study to get the same one in the other. */
  const offset = shallowRef<Vec3>([0, 0, 0]);
  let following = false;

  function follow(from: Viewer, to: Viewer, sign: 1 | -1): void {
    if (!together.value || following || !from.loaded.value || !to.loaded.value) return;
    following = true;
    to.point(add(from.cross.value, scale(offset.value, sign)));
    following = false;
  }
  watch(main.cross, () => follow(main, other, 1), { flush: 'sync' });
  watch(other.cross, () => follow(other, main, -1), { flush: 'sync' });

  function meet(): void {
    const [a, b] = [main.grid.value, other.grid.value];
    if (!a || !b) return;
    const apart = !main.oriented.value || !other.oriented.value || voxelAt(b, main.cross.value) === null;
    offset.value = apart ? subtract(centreOf(b), centreOf(a)) : [0, 0, 0];
    together.value = true;
    follow(main, other, 1);
  }
  watch([main.loaded, other.loaded], meet);
  // Both are looked at in the same plane.
  watch([main.layout, main.active, other.loaded], () => {
    if (!other.loaded.value) return;
    other.setLayout(main.layout.value);
    if (!other.flat.value) other.activate(main.active.value);
  });

  /** Lets each go its own way, or holds them together where they are now. */
  function toggle(): void {
    together.value = !together.value;
    if (together.value) offset.value = subtract(other.cross.value, main.cross.value);
  }
  return { together, toggle };
}
