import { onScopeDispose, ref } from 'vue';

/** Slices a second. */
const RATE = 12;

/** Runs through slices until it is stopped. @param step goes one slice on; false: it cannot */
export function useCine(step: () => boolean) {
  const running = ref(false);
  let timer: ReturnType<typeof setInterval> | undefined;
  function stop(): void {
    clearInterval(timer);
    running.value = false;
  }
  function toggle(): void {
    if (running.value) return stop();
    running.value = true;
    timer = setInterval(() => {
      if (!step()) stop();
    }, 1000 / RATE);
  }
  onScopeDispose(stop);
  return { running, toggle, stop };
}
