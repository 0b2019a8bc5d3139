import { HEAD_EPSILON } from '@main/model';
import type { FeatureStore } from './featureStore';
import type { HeadReads } from './headNetwork';

/** Tokens of at most so many bytes are held in memory; more are read from disk batch by batch. */
const MOST_IN_MEMORY = 1024 ** 3;

export interface RowReader {
  /** @param out [rows, …], filled from its start */
  read(rows: readonly number[], out: Float32Array): void;
}

/** Inputs of heads by row, from cached tokens. @param hashes content hash of every row */
export function rowReader(store: FeatureStore, hashes: readonly string[], reads: HeadReads): RowReader {
  const shape = store.shape;
  if (!shape) throw new Error('no tokens are cached');
  const [tokens, width] = shape as [number, number];
  const size = tokens * width;
  if (reads === 'tokens') {
    if (hashes.length * size * 4 > MOST_IN_MEMORY)
      return {
        read: (rows, out) =>
          store.read(
            rows.map((row) => hashes[row]!),
            out,
          ),
      };
    const all = new Float32Array(hashes.length * size);
    store.read(hashes, all);
    return inMemory(all, size);
  }
  const rows = reads === 'cls' ? 1 : 2;
  const all = new Float32Array(hashes.length * rows * width);
  const one = new Float32Array(size);
  hashes.forEach((hash, i) => {
    store.read([hash], one);
    const to = all.subarray(i * rows * width, (i + 1) * rows * width);
    if (reads === 'cls') to.set(one.subarray(0, width));
    else poolNormalised(one, tokens, width, to);
  });
  return inMemory(all, rows * width);
}

function inMemory(all: Float32Array, size: number): RowReader {
  return {
    read: (rows, out) => rows.forEach((row, i) => out.set(all.subarray(row * size, (row + 1) * size), i * size)),
  };
}

/** LayerNorm without gain on every token, then CLS and the mean of the others. @param tokens [N, e] @param out [2, e] */
export function poolNormalised(tokens: Float32Array, count: number, width: number, out: Float32Array): void {
  const sums = new Float64Array(width);
  for (let t = 0; t < count; t++) {
    let mean = 0;
    for (let j = 0; j < width; j++) mean += tokens[t * width + j]!;
    mean /= width;
    let variance = 0;
    for (let j = 0; j < width; j++) variance += (tokens[t * width + j]! - mean) ** 2;
    const scale = 1 / Math.sqrt(variance / width + HEAD_EPSILON);
    for (let j = 0; j < width; j++) {
      const value = (tokens[t * width + j]! - mean) * scale;
      if (t === 0) out[j] = value;
      else sums[j]! += value;
    }
  }
  for (let j = 0; j < width; j++) out[width + j] = sums[j]! / Math.max(1, count - 1);
}
