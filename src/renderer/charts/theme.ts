import { onScopeDispose, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { ChartTheme } from '@shared/charts';

const REDUCED = '(prefers-reduced-motion: reduce)';

/** The theme of now. */
export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: token('text'),
    muted: token('muted'),
    line: token('line'),
    surface: token('surface'),
    raised: token('raised'),
    accent: token('accent'),
    warn: token('warn'),
    font: token('font') || 'sans-serif',
    motion: !window.matchMedia(REDUCED).matches,
  };
}

/** Follows the theme: charts are drawn on a canvas, which style sheets do not reach. */
export function useChartTheme(): Readonly<ShallowRef<ChartTheme>> {
  const theme = shallowRef(readTheme());
  const update = (): void => void (theme.value = readTheme());
  const observer = new MutationObserver(update);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const media = window.matchMedia(REDUCED);
  media.addEventListener('change', update);
  onScopeDispose(() => {
    observer.disconnect();
    media.removeEventListener('change', update);
  });
  return theme;
}
