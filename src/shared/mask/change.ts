import type { Vec3 } from '../space';
import { ByteReader, ByteWriter } from './bytes';

/**
 * What an edit changed, as runs: voxels passed over since the last run, voxels in this one, their value before and after. It undoes and
 * redoes the edit, and is what is kept of it.
 */
export type Change = Uint8Array;

/** A part of a map, first and last index along each axis. */
export interface Box {
  readonly from: Vec3;
  readonly to: Vec3;
}
export const joined = (a: Box | null, b: Box | null): Box | null => {
  if (!a || !b) return a ?? b;
  const pick = (of: (...values: number[]) => number, p: Vec3, q: Vec3): Vec3 => [
    of(p[0], q[0]),
    of(p[1], q[1]),
    of(p[2], q[2]),
  ];
  return { from: pick(Math.min, a.from, b.from), to: pick(Math.max, a.to, b.to) };
};

/** Puts runs of changed voxels together; parts come in ascending order. */
export class ChangeWriter {
  readonly #out = new ByteWriter();
  #end = 0;

  /** @param at index of the first voxel of both parts, of equal length */
  part(at: number, before: Uint8Array, after: Uint8Array): void {
    for (let from = 0; from < after.length; from += 1) {
      const [was, is] = [before[from]!, after[from]!];
      if (was === is) continue;
      let to = from + 1;
      while (to < after.length && before[to] === was && after[to] === is) to += 1;
      this.#out.count(at + from - this.#end);
      this.#out.count(to - from);
      this.#out.byte(was);
      this.#out.byte(is);
      this.#end = at + to;
      from = to - 1;
    }
  }
  /** null where nothing changed. */
  done(): Change | null {
    return this.#out.length > 0 ? this.#out.done() : null;
  }
}

export function diff(before: Uint8Array, after: Uint8Array): Change | null {
  const writer = new ChangeWriter();
  writer.part(0, before, after);
  return writer.done();
}

/**
 * Applies a change, or takes it back.
 * @returns what it touched
 * @throws Error, with nothing changed, where the map is not as the change found it: history and map belong to each other
 */
export function applyChange(change: Change, way: 'undo' | 'redo', data: Uint8Array, size: Vec3): Box | null {
  const runs = [...runsOf(change)].map((run) => {
    const [from, to] = way === 'redo' ? [run.before, run.after] : [run.after, run.before];
    return { ...run, from, to };
  });
  for (const { at, count, from } of runs) {
    if (at + count > data.length) throw new Error('a change reaches beyond its mask');
    for (let i = at; i < at + count; i += 1) if (data[i] !== from) throw new Error('a mask and its history differ');
  }
  let box: Box | null = null;
  for (const { at, count, to } of runs) {
    data.fill(to, at, at + count);
    box = joined(box, boxOfRun(at, count, size));
  }
  return box;
}

/** @throws Error where a change is damaged, empty, or reaches beyond a map of `count` voxels */
export function checkChange(change: Change, count: number): void {
  let any = false;
  for (const run of runsOf(change)) {
    if (run.count === 0 || run.before === run.after || run.at + run.count > count)
      throw new Error('a change does not fit its mask');
    any = true;
  }
  if (!any) throw new Error('a change of nothing');
}

interface Run {
  readonly at: number;
  readonly count: number;
  readonly before: number;
  readonly after: number;
}
function* runsOf(change: Change): Generator<Run> {
  const reader = new ByteReader(change);
  let at = 0;
  while (reader.more) {
    at += reader.count();
    const count = reader.count();
    yield { at, count, before: reader.byte(), after: reader.byte() };
    at += count;
  }
}

function boxOfRun(at: number, count: number, [width, height]: Vec3): Box {
  const rowOf = (index: number): [number, number] => {
    const row = Math.floor(index / width);
    return [row % height, Math.floor(row / height)];
  };
  const [j0, k0] = rowOf(at);
  const [j1, k1] = rowOf(at + count - 1);
  if (k0 !== k1) return { from: [0, 0, k0], to: [width - 1, height - 1, k1] };
  if (j0 !== j1) return { from: [0, j0, k0], to: [width - 1, j1, k0] };
  return { from: [at % width, j0, k0], to: [(at % width) + count - 1, j0, k0] };
}
