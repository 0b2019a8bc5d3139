const MOST_FILES = 20_000;

/** Names of printf's `%03d` over first … last. null where they never end or are too many. */
export function patternNames(
  format: string,
  width: string,
  first: number,
  last: number,
  step: number,
): string[] | null {
  const count = Math.floor((last - first) / step) + 1;
  if (!Number.isFinite(count) || count < 1 || count > MOST_FILES) return null;
  return Array.from({ length: count }, (_, i) => {
    const number = String(first + i * step);
    const padded = number.padStart(Math.min(20, Number(width)), width.startsWith('0') ? '0' : ' ');
    return format.replace(/%0?\d*d/, () => padded);
  });
}
