import { onScopeDispose, watch } from 'vue';
import { useRoute } from 'vue-router';
import { useReturning } from '@renderer/stores';

/** Says which page the reader is on, and keeps the place when the window is left. Once, in the frame. */
export function useKeptPlace(): void {
  const route = useRoute();
  const returning = useReturning();
  watch(
    () => [route.name, route.params['key']] as const,
    ([name, key]) => {
      if (typeof name !== 'string' || ['start', 'import', 'settings'].includes(name)) return;
      returning.report({ route: name, sample: name === 'sample' ? Number(key) : null });
    },
  );
  const leave = (): void => {
    if (document.visibilityState === 'hidden') returning.keep();
  };
  document.addEventListener('visibilitychange', leave);
  window.addEventListener('pagehide', returning.keep);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', leave);
    window.removeEventListener('pagehide', returning.keep);
  });
}
