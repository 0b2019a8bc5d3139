import { HEAD_EPSILON } from '@main/model';
import type { FeatureStore } from './featureStore';
import { inputShape, readsOf } from './headNetwork';
import type { HeadSpec } from './headNetwork';
import { meanOf } from './slices';

/** Tokens of at most so many bytes are held in memory; more are read from disk batch by batch. */
const MOST_IN_MEMORY = 1024 ** 3;

export interface RowReader {
  /** @param out [rows, …], filled from its start */
  read(rows: readonly number[], out: Float32Array): void;
}

/** Inputs of heads by row, from cached tokens. @param hashes content hash of every row */
export function rowReader(
  store: FeatureStore,
  hashes: readonly string[],
  spec: Pick<HeadSpec, 'mode' | 'core' | 'volumes'>,
): RowReader {
  const shape = store.shape;
  if (!shape) throw new Error('no tokens are cached');
  const [tokens, width] = shape as [number, number];
  const size = tokens * width;
  if (readsOf(spec) === 'tokens') {
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
  const own = inputShape({ ...spec, tokens, width })[0]! * width;
  const all = new Float32Array(hashes.length * own);
  const one = new Float32Array(size);
  hashes.forEach((hash, i) => {
    store.read([hash], one);
    headInput(one, [tokens, width], spec, all.subarray(i * own, (i + 1) * own));
  });
  return inMemory(all, own);
}

/** What a head reads of one sample's tokens. @param tokens [N, e] @param out inputShape */
export function headInput(
  tokens: Float32Array,
  [count, width]: readonly [number, number],
  spec: Pick<HeadSpec, 'mode' | 'core' | 'volumes'>,
  out: Float32Array,
): void {
  const reads = readsOf(spec);
  if (reads === 'tokens') out.set(tokens);
  else if (!spec.volumes && reads === 'cls') out.set(tokens.subarray(0, width));
  else if (!spec.volumes) poolNormalised(tokens, count, width, out);
  else if (reads === 'cls') meanOf(rowsOf(tokens, width), out);
  else {
    const own = normalisedRows(tokens, width);
    const axis = count / 3;
    for (let a = 0; a < 3; a++) meanOf(own.slice(a * axis, (a + 1) * axis), out.subarray(a * width, (a + 1) * width));
  }
}

const rowsOf = (tokens: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: tokens.length / width }, (_, t) => tokens.subarray(t * width, (t + 1) * width));

/** LayerNorm without gain on every token. @param tokens [N, e] */
function normalisedRows(tokens: Float32Array, width: number): Float32Array[] {
  return rowsOf(tokens, width).map((row) => {
    let mean = 0;
    for (const value of row) mean += value;
    mean /= width;
    let variance = 0;
    for (const value of row) variance += (value - mean) ** 2;
    const scale = 1 / Math.sqrt(variance / width + HEAD_EPSILON);
    return row.map((value) => (value - mean) * scale);
  });
}

function inMemory(all: Float32Array, size: number): RowReader {
  return {
    read: (rows, out) => rows.forEach((row, i) => out.set(all.subarray(row * size, (row + 1) * size), i * size)),
  };
}

/** LayerNorm without gain on every token, then CLS and the mean of the others. @param tokens [N, e] @param out [2, e] */
export function poolNormalised(tokens: Float32Array, count: number, width: number, out: Float32Array): void {
  const [cls, ...patches] = normalisedRows(tokens.subarray(0, count * width), width);
  out.set(cls!);
  if (patches.length > 0) meanOf(patches, out.subarray(width, 2 * width));
  else out.fill(0, width, 2 * width);
}
