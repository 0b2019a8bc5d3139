/** The value below which the given share of all lies; by linear interpolation. NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low === undefined || high === undefined ? NaN : low + (at - Math.floor(at)) * (high - low);
}

/** Milliseconds as they are reported: median, 99th percentile and the worst. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

export const spread = (values: readonly number[]): Spread => ({
  p50: rounded(percentile(values, 0.5)),
  p99: rounded(percentile(values, 0.99)),
  max: rounded(Math.max(...values)),
  count: values.length,
});

export const since = (start: number): number => rounded((performance.now() - start) / 1000);
