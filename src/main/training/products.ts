import { matMul } from '@tensorflow/tfjs-core';
import type { Engine, Program } from '@main/engine';

/** The two products with a fixed matrix X [n, d] that first- and second-order methods live on. */
export interface Products {
  readonly rows: number;
  readonly features: number;
  /** X W. @param w [d, m] @returns [n, m] */
  forward(w: Float32Array, m: number): Promise<Float32Array>;
  /** Xᵀ G. @param g [n, m] @returns [d, m] */
  backward(g: Float32Array, m: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Makes the products of a matrix [rows, features]. */
export type MakeProducts = (x: Float32Array, rows: number, features: number) => Products;

/** In plain loops: for small matrices and tests. @param x [n, d] */
export function hostProducts(x: Float32Array, rows: number, features: number): Products {
  return {
    rows,
    features,
    forward(w, m) {
      const out = new Float32Array(rows * m);
      const sums = new Float64Array(m);
      for (let i = 0; i < rows; i++) {
        sums.fill(0);
        for (let j = 0; j < features; j++) {
          const value = x[i * features + j]!;
          for (let c = 0; c < m; c++) sums[c]! += value * w[j * m + c]!;
        }
        out.set(sums, i * m);
      }
      return Promise.resolve(out);
    },
    backward(g, m) {
      const sums = new Float64Array(features * m);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < features; j++) {
          const value = x[i * features + j]!;
          for (let c = 0; c < m; c++) sums[j * m + c]! += value * g[i * m + c]!;
        }
      return Promise.resolve(Float32Array.from(sums));
    },
    dispose: () => Promise.resolve(),
  };
}

/**
 * On an engine. X is fed, not a constant: the engine reads it where it lies, in either direction row by row, so that its
 * transpose is kept beside it and nothing is packed anew for each product.
 * @param x [n, d]
 */
export function engineProducts(engine: Engine, x: Float32Array, rows: number, features: number): Products {
  const transposed = transposeOf(x, rows, features); // [d, n]
  const programs = new Map<string, Promise<Program>>();
  const program = (direction: 'forward' | 'backward', m: number): Promise<Program> => {
    const key = `${direction} ${m}`;
    const [height, inner] = direction === 'forward' ? [rows, features] : [features, rows];
    let made = programs.get(key);
    if (!made) {
      made = engine.compile({
        constants: {},
        inputs: { x: { dtype: 'float32', shape: [height, inner] }, w: { dtype: 'float32', shape: [inner, m] } },
        apply: (_, { x: left, w }) => ({ y: matMul(left!, w!) }),
      });
      programs.set(key, made);
    }
    return made;
  };
  const multiply = async (direction: 'forward' | 'backward', w: Float32Array, m: number): Promise<Float32Array> => {
    const [height, inner, data] = direction === 'forward' ? [rows, features, x] : [features, rows, transposed];
    const { y } = await (
      await program(direction, m)
    ).run({
      x: { dtype: 'float32', shape: [height, inner], data },
      w: { dtype: 'float32', shape: [inner, m], data: w },
    });
    return y!.data as Float32Array;
  };
  return {
    rows,
    features,
    forward: (w, m) => multiply('forward', w, m),
    backward: (g, m) => multiply('backward', g, m),
    async dispose() {
      for (const made of programs.values()) await (await made).dispose();
      programs.clear();
    },
  };
}

/** [n, d] → [d, n], in tiles that stay in the cache. */
export function transposeOf(x: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(x.length);
  const tile = 32;
  for (let i0 = 0; i0 < rows; i0 += tile)
    for (let j0 = 0; j0 < columns; j0 += tile)
      for (let i = i0; i < Math.min(rows, i0 + tile); i++)
        for (let j = j0; j < Math.min(columns, j0 + tile); j++) out[j * rows + i] = x[i * columns + j]!;
  return out;
}
