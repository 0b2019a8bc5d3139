/** What stands where a figure is not defined. */
const UNDEFINED = '—';

/**
 * A share or probability as the field writes it: `.893`, `1.00`, `−.004`.
 * @param digits decimal places
 */
export function share(value: number | null | undefined, digits = 3): string {
  if (value == null || Number.isNaN(value)) return UNDEFINED;
  const text = Math.abs(value).toFixed(digits);
  const size = text.startsWith('0.') ? text.slice(1) : text;
  return value < 0 && Number(text) !== 0 ? `−${size}` : size;
}

/** A likeness, rounded down: only equal pixels are 1. */
export const likeness = (value: number): string => share(Math.floor(value * 1000) / 1000);

/** `[.86, .92]`; nothing where there is no interval. */
export function interval(estimate: { low: number | null; high: number | null } | null, digits = 2): string {
  if (!estimate || estimate.low === null || estimate.high === null) return '';
  return `[${share(estimate.low, digits)}, ${share(estimate.high, digits)}]`;
}

/** 412 MB, 1.3 GB: decimal units, as file managers show them. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size >= 10 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

const moments = new Map<string, Intl.DateTimeFormat>();
/** Date and time (of 24 hours, as everywhere) of an ISO text, short, in the person's language. */
export function moment(iso: string, locale: string): string {
  let format = moments.get(locale);
  if (!format)
    moments.set(
      locale,
      (format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' })),
    );
  return format.format(new Date(iso));
}
