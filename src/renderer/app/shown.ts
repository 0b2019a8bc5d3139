import { onActivated, onDeactivated, ref } from 'vue';
import type { Ref } from 'vue';

/** True while the calling page is on screen: places are kept alive when left, and their keys must rest then. */
export function useShown(): Ref<boolean> {
  const shown = ref(true);
  onActivated(() => (shown.value = true));
  onDeactivated(() => (shown.value = false));
  return shown;
}
