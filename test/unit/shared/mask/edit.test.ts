import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyChange,
  decodeRuns,
  diff,
  encodeRuns,
  fromBase64,
  MaskEdit,
  maskGridOf,
  standingOf,
  stamp,
  stroke,
  toBase64,
} from '@shared/mask';
import type { HistoryStep } from '@shared/mask';
import { plainGrid } from '@shared/space';
import type { Vec3 } from '@shared/space';

const SIZE: Vec3 = [7, 5, 4];
const COUNT = SIZE[0] * SIZE[1] * SIZE[2];
const maps = fc.uint8Array({ minLength: COUNT, maxLength: COUNT, max: 3 });

describe('run-length encoding', () => {
  it('gives back every map', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, max: 2 }), (map) => {
        expect(decodeRuns(encodeRuns(map), map.length)).toEqual(map);
      }),
    );
  });
  it('keeps an empty map of 512 × 512 × 600 in a few bytes', () => {
    expect(encodeRuns(new Uint8Array(2 ** 20)).length).toBeLessThan(6);
  });
  it('refuses runs of another size, and damaged ones', () => {
    const runs = encodeRuns(new Uint8Array(10).fill(1));
    expect(() => decodeRuns(runs, 9)).toThrow('do not fit');
    expect(() => decodeRuns(runs, 11)).toThrow('do not fit');
    expect(() => decodeRuns(runs.subarray(0, 1), 10)).toThrow('cut short');
  });
  it('travels as text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('changes', () => {
  it('redo what was done and undo it', () => {
    fc.assert(
      fc.property(maps, maps, (before, after) => {
        const change = diff(before, after);
        const map = before.slice();
        if (change) applyChange(change, 'redo', map, SIZE);
        expect(map).toEqual(after);
        if (change) applyChange(change, 'undo', map, SIZE);
        expect(map).toEqual(before);
      }),
    );
  });
  it('name every voxel that they touch', () => {
    fc.assert(
      fc.property(maps, maps, (before, after) => {
        const change = diff(before, after);
        fc.pre(change !== null);
        const { from, to } = applyChange(change!, 'redo', before.slice(), SIZE)!;
        const missed = [...after.keys()].filter((at) => {
          if (after[at] === before[at]) return false;
          const place = [at % 7, Math.floor(at / 7) % 5, Math.floor(at / 35)];
          return place.some((n, axis) => n < from[axis]! || n > to[axis]!);
        });
        expect(missed).toEqual([]);
      }),
    );
  });
  it('refuse a map that is not theirs, and leave it as it is', () => {
    const change = diff(new Uint8Array([0, 0, 0]), new Uint8Array([1, 0, 2]))!;
    const other = new Uint8Array([0, 0, 3]);
    expect(() => applyChange(change, 'redo', other, [3, 1, 1])).toThrow('differ');
    expect([...other]).toEqual([0, 0, 3]);
    expect(() => applyChange(change, 'redo', new Uint8Array(2), [2, 1, 1])).toThrow('beyond');
  });
  it('of an edit equal the difference of the maps, whatever strokes it was made of', () => {
    const grid = maskGridOf(plainGrid(SIZE));
    const place = fc.tuple(
      fc.double({ min: -2, max: 8, noNaN: true }),
      fc.double({ min: -2, max: 6, noNaN: true }),
      fc.double({ min: -1, max: 4, noNaN: true }),
    );
    const strokes = fc.array(
      fc.record({
        from: place,
        to: place,
        value: fc.nat({ max: 3 }),
        radius: fc.double({ min: 0.1, max: 3, noNaN: true }),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(maps, strokes, (before, all) => {
        const map = { size: SIZE, data: before.slice() };
        const edit = new MaskEdit(map);
        for (const { from, to, value, radius } of all) stroke(edit, grid, from, to, { radius, plane: null }, { value });
        const change = edit.finish();
        expect(change).toEqual(diff(before, map.data));
        if (change) applyChange(change, 'undo', map.data, SIZE);
        expect(map.data).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
  it('are called off as a whole', () => {
    const map = { size: SIZE, data: new Uint8Array(COUNT) };
    const edit = new MaskEdit(map);
    stamp(edit, maskGridOf(plainGrid(SIZE)), [3, 2, 1], { radius: 1.5, plane: null }, { value: 2 });
    expect(map.data.some(Boolean)).toBe(true);
    edit.cancel();
    expect(map.data.some(Boolean)).toBe(false);
    expect(edit.finish()).toBeNull();
  });
});

describe('history', () => {
  const step = (position: number, kind: HistoryStep['kind'], refers: number | null = null): HistoryStep => ({
    position,
    kind,
    refers,
  });
  it('takes back the last step, does it again, and forgets what was taken back once something new is done', () => {
    expect(standingOf([step(1, 'edit'), step(2, 'segments'), step(3, 'undo', 2)])).toEqual({ done: [1], undone: [2] });
    expect(standingOf([step(1, 'edit'), step(2, 'undo', 1), step(3, 'redo', 1)])).toEqual({ done: [1], undone: [] });
    expect(standingOf([step(1, 'edit'), step(2, 'undo', 1), step(3, 'edit')])).toEqual({ done: [3], undone: [] });
  });
  it('refuses steps out of turn', () => {
    expect(() => standingOf([step(1, 'edit'), step(2, 'edit'), step(3, 'undo', 1)])).toThrow('not the last');
    expect(() => standingOf([step(1, 'redo', 1)])).toThrow('not taken back');
  });
});
