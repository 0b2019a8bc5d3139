import type { Locale } from '@shared/domain';
import { i18n } from './i18n';

/** A stretch of time as one or two units: `0.8 s`, `45 s`, `3 min`, `2 h 5 min`, `4 d`. */
export function durationWords(seconds: number, locale: string): string {
  const unit = (n: number | string, name: 's' | 'min' | 'h' | 'd'): string =>
    i18n.global.t(`units.${name}`, { n }, { locale: locale as Locale });
  if (seconds < 9.95) return unit((Math.round(Math.max(0, seconds) * 10) / 10).toFixed(1), 's');
  if (seconds < 90) return unit(Math.round(seconds), 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(minutes, 'min');
  if (minutes >= 48 * 60) return unit(Math.round(minutes / 1440), 'd');
  const rest = minutes % 60;
  return unit(Math.floor(minutes / 60), 'h') + (rest ? ` ${unit(rest, 'min')}` : '');
}

/** How long ago, in the coarsest unit that says enough: tenths of a second first, as corrections refit within one. */
export const ageWords = (seconds: number, locale: string): string =>
  i18n.global.t(
    'frame.ago',
    { time: durationWords(seconds < 10 ? seconds : Math.floor(seconds), locale) },
    { locale: locale as Locale },
  );
