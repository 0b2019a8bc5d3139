import { HEAD_EPSILON } from '@main/model';
import type { FeatureStore } from './featureStore';
import { inputShape, readsOf } from './headNetwork';
import type { HeadReading } from './headNetwork';
import { meanOf } from './slices';
import { MOST_IN_MEMORY } from './taps';

export interface RowReader {
  /** @param out [rows, …], filled from its start */
  read(rows: readonly number[], out: Float32Array): void;
}

/** Inputs of heads by row, from cached tokens. @param hashes content hash of every row */
export function rowReader(store: FeatureStore, hashes: readonly string[], spec: HeadReading): RowReader {
  const shape = store.shape;
  if (!shape) throw new Error('no tokens are cached');
  const [tokens, width] = shape as [number, number];
  const size = tokens * width;
  const oneAxis = spec.volumes && spec.sliceAxes === 'one';
  if (readsOf(spec) === 'tokens' && !oneAxis) {
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
  const own = inputShape({ ...spec, tokens: oneAxis ? tokens / 3 : tokens, width })[0]! * width;
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
  spec: HeadReading,
  out: Float32Array,
): void {
  const reads = readsOf(spec);
  const axes = spec.volumes && spec.sliceAxes === 'one' ? 1 : 3;
  const axis = count / 3;
  const read = spec.volumes ? tokens.subarray(0, axes * axis * width) : tokens; // [N or rows of some axes, e]
  if (reads === 'tokens') out.set(read);
  else if (!spec.volumes && reads === 'cls') out.set(tokens.subarray(0, width));
  else if (!spec.volumes) poolNormalised(tokens, count, width, out);
  else if (reads === 'cls') meanOf(rowsOf(read, width), out);
  else {
    for (let a = 0; a < axes; a++)
      meanNormalised(tokens, width, a * axis, (a + 1) * axis, out.subarray(a * width, (a + 1) * width));
  }
}

const rowsOf = (tokens: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: tokens.length / width }, (_, t) => tokens.subarray(t * width, (t + 1) * width));

/** The mean of tokens `first` to `last` - 1, each normalised by LayerNorm without gain. @param tokens [N, e] @param out [e] */
function meanNormalised(tokens: Float32Array, width: number, first: number, last: number, out: Float32Array): void {
  const sum = new Float64Array(width);
  for (let t = first; t < last; t++) {
    const row = tokens.subarray(t * width, (t + 1) * width);
    let mean = 0;
    for (let i = 0; i < width; i++) mean += row[i]!;
    mean /= width;
    let variance = 0;
    for (let i = 0; i < width; i++) variance += (row[i]! - mean) ** 2;
    const scale = 1 / Math.sqrt(variance / width + HEAD_EPSILON);
    for (let i = 0; i < width; i++) sum[i]! += (row[i]! - mean) * scale;
  }
  for (let i = 0; i < width; i++) out[i] = sum[i]! / (last - first);
}

function inMemory(all: Float32Array, size: number): RowReader {
  return {
    read: (rows, out) => rows.forEach((row, i) => out.set(all.subarray(row * size, (row + 1) * size), i * size)),
  };
}

/** LayerNorm without gain on every token, then CLS and the mean of the others. @param tokens [N, e] @param out [2, e] */
export function poolNormalised(tokens: Float32Array, count: number, width: number, out: Float32Array): void {
  meanNormalised(tokens, width, 0, 1, out.subarray(0, width));
  if (count > 1) meanNormalised(tokens, width, 1, count, out.subarray(width, 2 * width));
  else out.fill(0, width, 2 * width);
}
