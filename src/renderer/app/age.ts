/** How long ago, in the coarsest unit that says enough: tenths of a second first, as corrections refit within one. */
export function ageWords(seconds: number, locale: string): string {
  const past = Math.max(0, seconds);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });
  if (past < 1) return format.format(-Math.max(0.1, Math.round(past * 10) / 10), 'second');
  if (past < 60) return format.format(-Math.floor(past), 'second');
  if (past < 3600) return format.format(-Math.floor(past / 60), 'minute');
  if (past < 86_400) return format.format(-Math.floor(past / 3600), 'hour');
  return format.format(-Math.floor(past / 86_400), 'day');
}
