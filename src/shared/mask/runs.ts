import { ByteReader, ByteWriter } from './bytes';

/** A whole map as runs of one value: length and value, one after the other, first axis fastest. */
export function encodeRuns(data: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  for (let from = 0; from < data.length;) {
    const value = data[from]!;
    let to = from + 1;
    while (to < data.length && data[to] === value) to += 1;
    out.count(to - from);
    out.byte(value);
    from = to;
  }
  return out.done();
}

/** @throws Error where the runs do not make exactly `count` voxels */
export function decodeRuns(runs: Uint8Array, count: number): Uint8Array {
  const data = new Uint8Array(count);
  const reader = new ByteReader(runs);
  let at = 0;
  while (reader.more) {
    const length = reader.count();
    const value = reader.byte();
    if (length === 0 || at + length > count) throw new Error('runs of a mask do not fit its size');
    if (value !== 0) data.fill(value, at, at + length);
    at += length;
  }
  if (at !== count) throw new Error('runs of a mask do not fit its size');
  return data;
}
