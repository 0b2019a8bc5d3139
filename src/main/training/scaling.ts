/** Mean and deviation of every feature over some rows; a constant feature has deviation 1. [d] each */
export interface Scaling {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Sums of features by part, so that the scaling of any union of parts costs no further pass over the rows. */
export class PartSums {
  private readonly counts: Float64Array;
  private readonly sums: Float64Array; // [parts, d]
  private readonly squares: Float64Array; // [parts, d]

  /** @param x [n, d], roughly centred @param partOf [n] part of each row, -1 for rows that count nowhere */
  constructor(
    x: Float32Array,
    private readonly d: number,
    partOf: Int8Array,
    readonly parts: number,
  ) {
    this.counts = new Float64Array(parts);
    this.sums = new Float64Array(parts * d);
    this.squares = new Float64Array(parts * d);
    for (let i = 0; i < partOf.length; i++) {
      const part = partOf[i]!;
      if (part < 0) continue;
      this.counts[part]! += 1;
      const row = i * d;
      const to = part * d;
      for (let j = 0; j < d; j++) {
        const value = x[row + j]!;
        this.sums[to + j]! += value;
        this.squares[to + j]! += value * value;
      }
    }
  }

  /** Over the parts that `takes` names. */
  scaling(takes: (part: number) => boolean): Scaling {
    const { d } = this;
    const mean = new Float64Array(d);
    const deviation = new Float64Array(d);
    let count = 0;
    for (let part = 0; part < this.parts; part++) {
      if (!takes(part)) continue;
      count += this.counts[part]!;
      for (let j = 0; j < d; j++) {
        mean[j]! += this.sums[part * d + j]!;
        deviation[j]! += this.squares[part * d + j]!;
      }
    }
    for (let j = 0; j < d; j++) {
      mean[j]! /= Math.max(1, count);
      const variance = deviation[j]! / Math.max(1, count) - mean[j]! ** 2;
      deviation[j] = variance > 1e-10 ? Math.sqrt(variance) : 1;
    }
    return { mean, deviation };
  }
}

/** Standardises columns by all rows, in place, so that single precision suffices afterwards; constant columns become 0. @param x [n, d] */
export function standardise(x: Float32Array, n: number, d: number): Scaling {
  const mean = new Float64Array(d);
  const deviation = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += x[i * d + j]!;
  for (let j = 0; j < d; j++) mean[j]! /= n;
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) deviation[j]! += (x[i * d + j]! - mean[j]!) ** 2;
  for (let j = 0; j < d; j++) {
    const value = Math.sqrt(deviation[j]! / n);
    deviation[j] = value > 1e-7 * (1 + Math.abs(mean[j]!)) ? value : 1;
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) x[i * d + j] = (x[i * d + j]! - mean[j]!) / deviation[j]!;
  return { mean, deviation };
}
