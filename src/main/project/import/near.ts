import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DIMS, nearKernelModule, PANEL_BYTES } from './nearKernel';
import { nearWorker, type NearTask } from './nearWorker';
import { leadingDirections } from './principal';

export interface NearPair {
  readonly a: number;
  readonly b: number;
  /** Pearson's correlation of the two pictures less the mean picture. */
  readonly likeness: number;
}

export interface NearOptions {
  /** File of float32 pictures, one row of `dims` values a sample. */
  readonly file: string;
  readonly dims: number;
  /** Rows of the file to look at; those with equal content only once. */
  readonly rows: Int32Array;
  /** Mean picture of the whole data set. */
  readonly mean: Float64Array;
  readonly threshold: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** More candidates than this are no duplicates but a data set that is alike everywhere. */
const MOST_CANDIDATES = 4_000_000;
const MOST_PAIRS = 1_000_000;
/** Room for rounding in float32: more candidates, never fewer. */
const SLACK = 1e-4;
const READ_BYTES = 4 * 1024 * 1024;

/**
 * All pairs whose correlation exceeds the threshold, exactly. With unit vectors x, y, an orthonormal basis P of the leading directions and the
 * rests r = √(1 − |Px|²), Cauchy–Schwarz gives ⟨x, y⟩ ≤ ⟨Px, Py⟩ + r_x·r_y: a product of 32 numbers in place of 784 that refuses nearly all
 * pairs; the few candidates are then computed in full.
 * @returns pairs of places in `rows` with a < b, in order; null where there are too many to be duplicates
 */
export async function findNear(options: NearOptions): Promise<NearPair[] | null> {
  const { dims, rows, mean, threshold, signal } = options;
  if (rows.length < 2) return [];
  const file = await open(options.file, 'r');
  try {
    const basis = await leadingDirections(await sampleRows(file, options), dims, DIMS - 1);
    const panels = await project(file, options, basis);
    const candidates = await scanAll(panels, threshold - SLACK, options);
    if (!candidates) return null;
    return await verify(file, candidates, { dims, rows, mean, threshold, signal });
  } finally {
    await file.close();
  }
}

/** Takes the mean picture off, then the rest's own mean, and scales to length 1. A flat rest becomes zeros: it is like nothing. */
export function unitRest(picture: Float32Array, mean: Float64Array, out: Float64Array): void {
  const dims = mean.length;
  let sum = 0;
  for (let d = 0; d < dims; d++) sum += out[d] = picture[d]! - mean[d]!;
  const own = sum / dims;
  let square = 0;
  for (let d = 0; d < dims; d++) {
    out[d]! -= own;
    square += out[d]! * out[d]!;
  }
  // Below this a rest is rounding, not a picture.
  const scale = square > 1e-9 * dims ? 1 / Math.sqrt(square) : 0;
  for (let d = 0; d < dims; d++) out[d]! *= scale;
}

async function readRow(file: FileHandle, row: number, dims: number): Promise<Float32Array> {
  const out = new Float32Array(dims);
  const { bytesRead } = await file.read(new Uint8Array(out.buffer), 0, out.byteLength, row * out.byteLength);
  if (bytesRead !== out.byteLength) throw new Error('the file of small pictures is cut short');
  return out;
}

async function sampleRows(file: FileHandle, { rows, dims, mean }: NearOptions): Promise<Float64Array[]> {
  const count = Math.min(rows.length, 2048);
  const out: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const unit = new Float64Array(dims);
    unitRest(await readRow(file, rows[Math.floor((i * rows.length) / count)]!, dims), mean, unit);
    out.push(unit);
  }
  return out;
}

/** The 31 leading coordinates and the length of the rest of every row, laid out as the kernel reads them. */
async function project(
  file: FileHandle,
  { rows, dims, mean, signal }: NearOptions,
  basis: Float64Array,
): Promise<SharedArrayBuffer> {
  const kept = DIMS - 1;
  const panels = new SharedArrayBuffer(Math.ceil(rows.length / 8) * 2 * PANEL_BYTES);
  const out = new Float32Array(panels);
  const unit = new Float64Array(dims);
  const coordinates = new Float64Array(kept);
  const atATime = Math.max(1, Math.floor(READ_BYTES / (4 * dims)));
  let buffer = new Float32Array(0);
  let [first, last] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row < first || row >= last) {
      signal?.throwIfAborted();
      first = row;
      buffer = new Float32Array(atATime * dims);
      const { bytesRead } = await file.read(new Uint8Array(buffer.buffer), 0, buffer.byteLength, row * dims * 4);
      last = first + Math.floor(bytesRead / (4 * dims));
      if (row >= last) throw new Error('the file of small pictures is cut short');
    }
    unitRest(buffer.subarray((row - first) * dims, (row - first + 1) * dims), mean, unit);
    coordinates.fill(0);
    for (let d = 0; d < dims; d++) {
      const value = unit[d]!;
      for (let k = 0, at = d * kept; k < kept; k++, at++) coordinates[k]! += value * basis[at]!;
    }
    const to = (i >> 2) * DIMS * 4 + (i & 3);
    let square = 0;
    for (let k = 0; k < kept; k++) {
      square += coordinates[k]! * coordinates[k]!;
      out[to + 4 * k] = coordinates[k]!;
    }
    const length = unit.some((v) => v !== 0) ? 1 : 0;
    out[to + 4 * kept] = Math.sqrt(Math.max(0, length - square));
  }
  return panels;
}

async function scanAll(
  panels: SharedArrayBuffer,
  threshold: number,
  options: NearOptions,
): Promise<Int32Array[] | null> {
  const { signal, onProgress } = options;
  const shared = new SharedArrayBuffer(8);
  const counters = new Int32Array(shared);
  const total = panels.byteLength / PANEL_BYTES;
  const workers = Math.max(1, Math.min(availableParallelism(), 8, Math.ceil(total / 64)));
  const running: Worker[] = [];
  const timer = setInterval(() => {
    // Panel p is held against those behind it: work done grows as the square.
    const left = 1 - Math.min(Atomics.load(counters, 0), total) / total;
    onProgress?.(1 - left * left, 1);
  }, 200);
  const abort = (): void => {
    for (const worker of running) void worker.terminate();
  };
  signal?.addEventListener('abort', abort);
  try {
    const found = await Promise.all(
      Array.from({ length: workers }, () => {
        const task: NearTask = {
          kernel: nearKernelModule(),
          panels,
          panelBytes: PANEL_BYTES,
          threshold,
          shared,
          mostCandidates: MOST_CANDIDATES,
        };
        // From source text: a file of its own would have to be found again in every bundle and shell.
        const source = `const threads = require('node:worker_threads');
          (${nearWorker.toString()})(threads.workerData, threads.parentPort);`;
        const worker = new Worker(source, { eval: true, workerData: task });
        running.push(worker);
        return new Promise<Int32Array>((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
          // Comes after the answer, where there is one.
          worker.once('exit', (code) => {
            reject(new Error(`the search for near-duplicates ended with code ${code}`));
          });
        });
      }),
    );
    return Atomics.load(counters, 1) > MOST_CANDIDATES ? null : found;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', abort);
    abort();
  }
}

async function verify(
  file: FileHandle,
  candidates: readonly Int32Array[],
  options: Pick<NearOptions, 'dims' | 'rows' | 'mean' | 'threshold' | 'signal'>,
): Promise<NearPair[] | null> {
  const { dims, rows, mean, threshold, signal } = options;
  const units = new Map<number, Float64Array>();
  const unitOf = async (i: number): Promise<Float64Array> => {
    let unit = units.get(i);
    if (unit) return unit;
    unit = new Float64Array(dims);
    unitRest(await readRow(file, rows[i]!, dims), mean, unit);
    if (units.size >= 4096) units.clear();
    units.set(i, unit);
    return unit;
  };
  const pairs: NearPair[] = [];
  let looked = 0;
  for (const list of candidates)
    for (let i = 0; i < list.length; i += 2) {
      if (++looked % 4096 === 0) signal?.throwIfAborted();
      const [a, b] = [list[i]!, list[i + 1]!];
      const x = await unitOf(a);
      const y = await unitOf(b);
      let likeness = 0;
      for (let d = 0; d < dims; d++) likeness += x[d]! * y[d]!;
      if (likeness > threshold) pairs.push({ a, b, likeness });
      if (pairs.length > MOST_PAIRS) return null;
    }
  return pairs.sort((p, q) => p.a - q.a || p.b - q.b);
}
