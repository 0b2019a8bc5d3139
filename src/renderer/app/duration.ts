/** A stretch of time as one or two units: `1.8 s`, `45 s`, `3 min`, `2 h 5 min`. */
export function durationWords(seconds: number, locale: string): string {
  const unit = (value: number, name: 'second' | 'minute' | 'hour', digits = 0): string =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);
  if (seconds < 10) return unit(seconds, 'second', 1);
  if (seconds < 90) return unit(Math.round(seconds), 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(minutes, 'minute');
  const rest = minutes % 60;
  return unit(Math.floor(minutes / 60), 'hour') + (rest ? ` ${unit(rest, 'minute')}` : '');
}
