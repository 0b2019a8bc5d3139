import { normalNumbers, randomNumbers } from '@main/model';
import type { MakeProducts, Products } from './products';

/** The strongest directions of XᵀX: orthonormal rows with their eigenvalues. */
export interface Spectrum {
  readonly rank: number;
  /** Products with the basis [rank, d]. */
  readonly basis: Products;
  /** [rank], falling. */
  readonly values: Float64Array;
}

/**
 * Approximate leading eigenvectors of XᵀX by a seeded random start and two power steps (Halko, Martinsson & Tropp 2011).
 * Good enough to precondition with; the result of a fit doesn't depend on it.
 */
export async function spectrumOf(x: Products, wanted: number, make: MakeProducts): Promise<Spectrum> {
  const { rows: n, features: d } = x;
  const rank = Math.min(wanted, n, d);
  const normal = normalNumbers(randomNumbers(7));
  let block = Float32Array.from({ length: d * rank }, () => normal()); // [d, rank]
  for (let step = 0; step < 2; step++) {
    block = new Float32Array(await x.backward(await x.forward(block, rank), rank));
    orthonormalise(block, d, rank);
  }
  const image = await x.backward(await x.forward(block, rank), rank); // [d, rank] = XᵀX Q
  const small = new Float64Array(rank * rank); // QᵀXᵀX Q
  for (let j = 0; j < d; j++)
    for (let a = 0; a < rank; a++) {
      const q = block[j * rank + a]!;
      for (let b = a; b < rank; b++) small[a * rank + b]! += q * image[j * rank + b]!;
    }
  for (let a = 0; a < rank; a++) for (let b = 0; b < a; b++) small[a * rank + b] = small[b * rank + a]!;
  const { values, vectors } = symmetricEigen(small, rank);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const basis = new Float32Array(rank * d);
  for (let j = 0; j < d; j++)
    order.forEach((column, r) => {
      let sum = 0;
      for (let a = 0; a < rank; a++) sum += block[j * rank + a]! * vectors[a * rank + column]!;
      basis[r * d + j] = sum;
    });
  return {
    rank,
    basis: make(basis, rank, d),
    values: Float64Array.from(order, (column) => Math.max(0, values[column]!)),
  };
}

/** Modified Gram–Schmidt over columns, in place; a column that vanishes becomes 0. @param block [d, rank] */
function orthonormalise(block: Float32Array, d: number, rank: number): void {
  const columns = Array.from({ length: rank }, (_, a) =>
    Float64Array.from({ length: d }, (__, j) => block[j * rank + a]!),
  );
  columns.forEach((column, a) => {
    const before = lengthOf(column);
    for (let pass = 0; pass < 2; pass++)
      for (let b = 0; b < a; b++) {
        const other = columns[b]!;
        let dot = 0;
        for (let j = 0; j < d; j++) dot += column[j]! * other[j]!;
        for (let j = 0; j < d; j++) column[j]! -= dot * other[j]!;
      }
    const length = lengthOf(column);
    const scale = length > 1e-10 * before ? 1 / length : 0;
    for (let j = 0; j < d; j++) block[j * rank + a] = column[j]! *= scale;
  });
}

function lengthOf(column: Float64Array): number {
  let squares = 0;
  for (const value of column) squares += value * value;
  return Math.sqrt(squares);
}

/** Jacobi's rotations. @param matrix [n, n], symmetric; destroyed @returns eigenvalues and vectors as columns [n, n] */
export function symmetricEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let i = 0; i < n; i++) {
      diagonal += matrix[i * n + i]! ** 2;
      for (let j = i + 1; j < n; j++) off += matrix[i * n + j]! ** 2;
    }
    if (off <= 1e-22 * diagonal) break;
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) {
        const apq = matrix[p * n + q]!;
        if (apq === 0) continue;
        const theta = (matrix[q * n + q]! - matrix[p * n + p]!) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) rotate(matrix, k * n + p, k * n + q, c, s);
        for (let k = 0; k < n; k++) rotate(matrix, p * n + k, q * n + k, c, s);
        for (let k = 0; k < n; k++) rotate(vectors, k * n + p, k * n + q, c, s);
      }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]!), vectors };
}

function rotate(m: Float64Array, a: number, b: number, c: number, s: number): void {
  const [x, y] = [m[a]!, m[b]!];
  m[a] = c * x - s * y;
  m[b] = s * x + c * y;
}
