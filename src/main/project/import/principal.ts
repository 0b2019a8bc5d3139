import { seeded } from './random';

const ROUNDS = 3;

/**
 * Leading directions of variation by subspace iteration: any orthonormal basis serves the search for near-duplicates, these make it fast.
 * @param rows unit vectors of `dims` values
 * @returns [dims, count], columns orthonormal or zero
 */
export async function leadingDirections(
  rows: readonly Float64Array[],
  dims: number,
  count: number,
): Promise<Float64Array> {
  const random = seeded(1);
  let basis = Float64Array.from({ length: dims * count }, () => random() - 0.5);
  orthonormalise(basis, dims, count);
  const coordinates = new Float64Array(count);
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(dims * count);
    for (const [i, row] of rows.entries()) {
      if (i % 256 === 0) await new Promise(setImmediate);
      coordinates.fill(0);
      for (let d = 0; d < dims; d++) {
        const value = row[d]!;
        for (let k = 0, at = d * count; k < count; k++, at++) coordinates[k]! += value * basis[at]!;
      }
      for (let d = 0; d < dims; d++) {
        const value = row[d]!;
        for (let k = 0, at = d * count; k < count; k++, at++) next[at]! += value * coordinates[k]!;
      }
    }
    orthonormalise(next, dims, count);
    basis = next;
  }
  return basis;
}

/** Gram–Schmidt, twice for accuracy; columns that depend on earlier ones become zero. */
function orthonormalise(basis: Float64Array, dims: number, count: number): void {
  for (let k = 0; k < count; k++) {
    const before = norm(basis, dims, count, k);
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < k; j++) {
        let dot = 0;
        for (let at = 0; at < dims * count; at += count) dot += basis[at + k]! * basis[at + j]!;
        for (let at = 0; at < dims * count; at += count) basis[at + k]! -= dot * basis[at + j]!;
      }
    const length = norm(basis, dims, count, k);
    const scale = length > 1e-9 * before && length > 0 ? 1 / length : 0;
    for (let at = k; at < dims * count; at += count) basis[at]! *= scale;
  }
}

function norm(basis: Float64Array, dims: number, count: number, k: number): number {
  let square = 0;
  for (let at = k; at < dims * count; at += count) square += basis[at]! ** 2;
  return Math.sqrt(square);
}
