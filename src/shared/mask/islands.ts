import type { MaskEdit } from './edit';

/** Neighbours share a face (6), or a face, an edge or a corner (26). */
export type Connectivity = 6 | 26;

/** Runs of one index along rows: row, first and last voxel of each, and the island that it belongs to. */
interface Runs {
  readonly row: number[];
  readonly from: number[];
  readonly to: number[];
  readonly parent: number[];
}

/**
 * Keeps the largest connected part of one segment and takes the others away.
 * @returns how many parts there were, and the voxels that went
 */
export function keepLargest(
  edit: MaskEdit,
  index: number,
  connectivity: Connectivity,
): { parts: number; removed: number } {
  const { data, size } = edit.map;
  const [width, height] = size;
  const runs = connected(data, size, index, connectivity);
  const sizes = new Map<number, number>();
  runs.row.forEach((_, run) => {
    const root = rootOf(runs.parent, run);
    sizes.set(root, (sizes.get(root) ?? 0) + runs.to[run]! - runs.from[run]! + 1);
  });
  let [largest, most] = [-1, 0];
  for (const [root, count] of sizes) if (count > most) [largest, most] = [root, count];
  let removed = 0;
  runs.row.forEach((row, run) => {
    if (rootOf(runs.parent, run) === largest) return;
    const [from, to] = [runs.from[run]!, runs.to[run]!];
    const [j, k] = [row % height, Math.floor(row / height)];
    edit.keep(k);
    data.fill(0, row * width + from, row * width + to + 1);
    edit.wrote([from, j, k], [to, j, k]);
    removed += to - from + 1;
  });
  return { parts: sizes.size, removed };
}

/** Runs, each joined with those that it touches in the rows before it (union-find). */
function connected(
  data: Uint8Array,
  [width, height, depth]: readonly number[],
  index: number,
  near: Connectivity,
): Runs {
  const runs: Runs = { row: [], from: [], to: [], parent: [] };
  /** Of each row of this and the last slice: its first run and the one after its last. */
  let [below, here]: [Int32Array, Int32Array] = [new Int32Array(2 * height!), new Int32Array(2 * height!)];
  const slack = near === 26 ? 1 : 0;
  for (let k = 0; k < depth!; k += 1) {
    [below, here] = [here, below];
    for (let j = 0; j < height!; j += 1) {
      const row = k * height! + j;
      here[2 * j] = runs.row.length;
      scanRow(data, row, width!, index, runs);
      here[2 * j + 1] = runs.row.length;
      const meet = (at: Int32Array, other: number): void => {
        if (other >= 0 && other < height!)
          join(runs, [here[2 * j]!, here[2 * j + 1]!], [at[2 * other]!, at[2 * other + 1]!], slack);
      };
      meet(here, j - 1);
      if (k === 0) continue;
      meet(below, j);
      if (near === 26) {
        meet(below, j - 1);
        meet(below, j + 1);
      }
    }
  }
  return runs;
}

function scanRow(data: Uint8Array, row: number, width: number, index: number, runs: Runs): void {
  const start = row * width;
  const end = start + width;
  for (let at = data.indexOf(index, start); at >= 0 && at < end; at = data.indexOf(index, at)) {
    const from = at;
    while (at < end && data[at] === index) at += 1;
    runs.parent.push(runs.row.length);
    runs.row.push(row);
    runs.from.push(from - start);
    runs.to.push(at - 1 - start);
  }
}

/** Joins runs of two rows that lie side by side, `slack` voxels apart at most. Both are sorted. */
function join(
  { from, to, parent }: Runs,
  [a, aEnd]: [number, number],
  [b, bEnd]: [number, number],
  slack: number,
): void {
  while (a < aEnd && b < bEnd) {
    if (from[a]! <= to[b]! + slack && from[b]! <= to[a]! + slack) parent[rootOf(parent, a)] = rootOf(parent, b);
    if (to[a]! < to[b]!) a += 1;
    else b += 1;
  }
}

function rootOf(parent: number[], run: number): number {
  let at = run;
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]!]!;
    at = parent[at]!;
  }
  return at;
}
