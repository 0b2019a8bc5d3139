/** Milliseconds without a touch after which a reader may be another one. */
export const IDLE = 30 * 60_000;
/** Milliseconds between two looks at the clock. */
const LOOK = 15_000;
const TOUCHES = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;

/**
 * Watches for hands on keyboard and mouse. After half an hour without any `onIdle` is called, by the clock or by the first
 * touch; a key or click that comes then has no other effect, so that nobody labels in another's name.
 * @param now milliseconds since 1970
 * @returns `touched` counts as a touch, `end` stops watching
 */
export function watchIdle(
  onIdle: (milliseconds: number) => void,
  isAsked: () => boolean,
  now: () => number = () => Date.now(),
): { touched(since?: number): void; end(): void } {
  let last = now();
  const look = (): boolean => {
    const idle = now() - last;
    if (idle < IDLE) return false;
    if (!isAsked()) onIdle(idle);
    return isAsked();
  };
  const touch = (event: Event): void => {
    // Hands on the question itself belong to it.
    if (isAsked()) return;
    if (!look()) return void (last = now());
    if (event.type === 'pointermove') return;
    if (event.cancelable) event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const type of TOUCHES) window.addEventListener(type, touch, { capture: true, passive: false });
  const timer = setInterval(look, LOOK);
  return {
    touched: (since = now()) => {
      last = since;
      look();
    },
    end: () => {
      clearInterval(timer);
      for (const type of TOUCHES) window.removeEventListener(type, touch, { capture: true });
    },
  };
}
