import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  centreAt,
  flood,
  interpolate,
  keepLargest,
  MaskEdit,
  maskGridOf,
  ontoGrid,
  stamp,
  stroke,
  voxelUnder,
} from '@shared/mask';
import type { Connectivity, CutPlane, MaskGrid, MaskMap } from '@shared/mask';
import { cross, dot, length, plainGrid, subtract, unit } from '@shared/space';
import type { Grid, Vec3 } from '@shared/space';

const empty = ([w, h, d]: Vec3): MaskMap => ({ size: [w, h, d], data: new Uint8Array(w * h * d) });
function* voxelsOf([w, h, d]: Vec3): Generator<[Vec3, number]> {
  for (let k = 0, at = 0; k < d; k += 1)
    for (let j = 0; j < h; j += 1) for (let i = 0; i < w; i += 1, at += 1) yield [[i, j, k], at];
}
/** Oblique, uneven in its spacing, and leaning by 15 degrees. */
const tilted: Grid = {
  size: [14, 12, 9],
  spacing: [0.8, 1.1, 2.5],
  origin: [-20, 35, 100],
  direction: [0.8, 0.6 * 0.96, 0.1, -0.6, 0.8 * 0.96, Math.sin(0.26), 0, 0.28, Math.cos(0.26)],
};
const axial = (grid: MaskGrid, k: number): CutPlane => ({
  place: grid.origins[k]!,
  normal: unit(cross(grid.row, grid.column)),
});
const direction = fc
  .tuple(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
  )
  .filter((v) => length(v) > 0.1)
  .map((v) => unit(v));
const inside = fc.tuple(
  fc.double({ min: 0, max: 13, noNaN: true }),
  fc.double({ min: 0, max: 11, noNaN: true }),
  fc.double({ min: 0, max: 8, noNaN: true }),
);

describe('a ball', () => {
  it('is every voxel whose centre lies in it, in millimetres, also of a leaning stack', () => {
    const grid = maskGridOf(tilted);
    fc.assert(
      fc.property(inside, fc.double({ min: 1.5, max: 8, noNaN: true }), (at, radius) => {
        const centre = centreAt(grid, [at[0], at[1], Math.floor(at[2])]);
        const map = empty(tilted.size);
        stamp(new MaskEdit(map), grid, centre, { radius, plane: null }, { value: 1 });
        const under = voxelUnder(grid, centre)!;
        const wrong = [...voxelsOf(tilted.size)].filter(([voxel, i]) => {
          const away = length(subtract(centreAt(grid, voxel), centre));
          if (Math.abs(away - radius) < 1e-6) return false;
          const own = voxel.every((n, axis) => n === under[axis]);
          return map.data[i] !== (away < radius || own ? 1 : 0);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a disc', () => {
  it('in the acquired plane stays in its slice', () => {
    const grid = maskGridOf(tilted);
    const map = empty(tilted.size);
    const edit = new MaskEdit(map);
    stamp(edit, grid, centreAt(grid, [6, 6, 4]), { radius: 3, plane: axial(grid, 4) }, { value: 1 });
    const slices = new Set([...voxelsOf(tilted.size)].filter(([, i]) => map.data[i]).map(([v]) => v[2]));
    expect([...slices]).toEqual([4]);
    expect(edit.touched()!.from[2]).toBe(4);
  });
  it('in any plane is made of voxels that the plane cuts, and holds every place of the plane within it', () => {
    const grid = maskGridOf(tilted);
    fc.assert(
      fc.property(direction, inside, (normal, at) => {
        const place = centreAt(grid, [at[0], at[1], Math.floor(at[2])]);
        const plane = { place, normal };
        const map = empty(tilted.size);
        stamp(new MaskEdit(map), grid, place, { radius: 4, plane }, { value: 1 });
        const reach = (length(grid.row) + length(grid.column) + 2.5) / 2;
        for (const [voxel, i] of voxelsOf(tilted.size))
          if (map.data[i])
            expect(Math.abs(dot(subtract(centreAt(grid, voxel), place), normal))).toBeLessThanOrEqual(reach);
        // Places in the plane near its middle are in voxels that were written.
        const right = unit(Math.abs(normal[0]) < 0.9 ? cross(normal, [1, 0, 0]) : cross(normal, [0, 1, 0]));
        const down = cross(normal, right);
        for (let turn = 0; turn < 12; turn += 1) {
          const [c, s] = [1.5 * Math.cos(turn), 1.5 * Math.sin(turn)];
          const there = place.map((p, axis) => p + c * right[axis]! + s * down[axis]!) as unknown as Vec3;
          const voxel = voxelUnder(grid, there);
          if (voxel) expect(map.data[(voxel[2] * 12 + voxel[1]) * 14 + voxel[0]]).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });
  it('smaller than a voxel writes the one under it', () => {
    const grid = maskGridOf(tilted);
    const map = empty(tilted.size);
    const centre = centreAt(grid, [3.4, 2.6, 5]);
    stamp(new MaskEdit(map), grid, centre, { radius: 0.01, plane: axial(grid, 5) }, { value: 1 });
    expect([...voxelsOf(tilted.size)].filter(([, i]) => map.data[i]).map(([v]) => v)).toEqual([[3, 3, 5]]);
  });
  it('of an uneven stack fills the slice that is seen, as far as it reaches', () => {
    const grid = maskGridOf({ ...plainGrid([9, 9, 3]), spacing: [1, 1, 2] }, [0, 2, 10]);
    const map = empty([9, 9, 3]);
    const plane: CutPlane = { place: [4, 4, 7], normal: [0, 0, 1] };
    stamp(new MaskEdit(map), grid, [4, 4, 7], { radius: 2, plane }, { value: 1 });
    const slices = new Set([...voxelsOf([9, 9, 3])].filter(([, i]) => map.data[i]).map(([v]) => v[2]));
    expect([...slices]).toEqual([2]);
  });
});

describe('a pen', () => {
  const grid = maskGridOf(plainGrid([9, 9, 1]));
  it('writes only over what it may, where the image is in range', () => {
    const map = empty([9, 9, 1]);
    map.data.fill(2, 0, 40);
    const edit = new MaskEdit(map);
    const pen = { value: 1, over: (index: number) => index === 0, within: (voxel: number) => voxel % 2 === 0 };
    stroke(edit, grid, [0, 4, 0], [8, 4, 0], { radius: 20, plane: null }, pen);
    map.data.forEach((value, at) => expect(value).toBe(at < 40 ? 2 : at % 2 === 0 ? 1 : 0));
  });
  it('leaves no gap in a fast stroke', () => {
    const map = empty([9, 9, 1]);
    stroke(new MaskEdit(map), grid, [0, 0, 0], [8, 8, 0], { radius: 0.5, plane: axial(grid, 0) }, { value: 1 });
    for (let i = 0; i < 9; i += 1) expect(map.data[i * 9 + i]).toBe(1);
  });
});

describe('filling', () => {
  const size: Vec3 = [9, 9, 3];
  const grid = maskGridOf(plainGrid(size));
  const ring = (map: MaskMap, k: number): void => {
    for (let j = 2; j <= 6; j += 1)
      for (let i = 2; i <= 6; i += 1) if (i === 2 || i === 6 || j === 2 || j === 6) map.data[(k * 9 + j) * 9 + i] = 1;
  };
  it('fills what an outline holds, in its plane alone', () => {
    const map = empty(size);
    ring(map, 1);
    expect(flood(new MaskEdit(map), grid, [4, 4, 1], axial(grid, 1), { value: 1 })).toBe('filled');
    expect(map.data.reduce((sum, v) => sum + v, 0)).toBe(25);
  });
  it('fills nothing where the outline is open', () => {
    const map = empty(size);
    ring(map, 1);
    map.data[(9 + 2) * 9 + 4] = 0;
    expect(flood(new MaskEdit(map), grid, [4, 4, 1], axial(grid, 1), { value: 1 })).toBe('open');
    expect(map.data.reduce((sum, v) => sum + v, 0)).toBe(15);
  });
  it('is bounded by values of the image too', () => {
    const map = empty(size);
    const within = (voxel: number): boolean => voxel % 9 < 3;
    expect(flood(new MaskEdit(map), grid, [1, 4, 2], axial(grid, 2), { value: 3, within })).toBe('filled');
    expect(map.data.filter((v) => v === 3).length).toBe(27);
  });
  it('works in a plane across the slices, and out of its border it is open', () => {
    const map = empty([9, 9, 9]);
    const cube = maskGridOf(plainGrid([9, 9, 9]));
    const plane: CutPlane = { place: [0, 4, 0], normal: [0, 1, 0] };
    for (let k = 2; k <= 6; k += 1)
      for (let i = 2; i <= 6; i += 1) if (i === 2 || i === 6 || k === 2 || k === 6) map.data[(k * 9 + 4) * 9 + i] = 1;
    expect(flood(new MaskEdit(map), cube, [4, 4, 4], plane, { value: 1 })).toBe('filled');
    expect(map.data.reduce((sum, v) => sum + v, 0)).toBe(25);
    expect(flood(new MaskEdit(map), cube, [0, 4, 0], plane, { value: 1 })).toBe('open');
  });
  it('does nothing on what is its own, or may not be written over', () => {
    const map = empty(size);
    ring(map, 0);
    expect(flood(new MaskEdit(map), grid, [2, 2, 0], axial(grid, 0), { value: 1 })).toBe('nothing');
    expect(flood(new MaskEdit(map), grid, [2, 2, 0], axial(grid, 0), { value: 2, over: (index) => index === 0 })).toBe(
      'nothing',
    );
  });
});

describe('the largest part', () => {
  /** By breadth-first search, voxel by voxel. */
  function parts(data: Uint8Array, [w, h, d]: Vec3, near: Connectivity): number[][] {
    const seen = new Set<number>();
    const found: number[][] = [];
    for (const [, start] of voxelsOf([w, h, d])) {
      if (data[start] !== 1 || seen.has(start)) continue;
      const part = [start];
      seen.add(start);
      for (let n = 0; n < part.length; n += 1) {
        const at = part[n]!;
        const [i, j, k] = [at % w, Math.floor(at / w) % h, Math.floor(at / (w * h))];
        for (const dk of [-1, 0, 1])
          for (const dj of [-1, 0, 1])
            for (const di of [-1, 0, 1]) {
              const far = Math.abs(di) + Math.abs(dj) + Math.abs(dk);
              if (far === 0 || (near === 6 && far > 1)) continue;
              const [a, b, c] = [i + di, j + dj, k + dk];
              if (a < 0 || b < 0 || c < 0 || a >= w || b >= h || c >= d) continue;
              const next = (c * h + b) * w + a;
              if (data[next] !== 1 || seen.has(next)) continue;
              seen.add(next);
              part.push(next);
            }
      }
      found.push(part);
    }
    return found;
  }
  it('is what a search voxel by voxel finds', () => {
    const size: Vec3 = [6, 5, 4];
    const some = fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 120, maxLength: 120 });
    fc.assert(
      fc.property(some, fc.constantFrom<Connectivity>(6, 26), (values, near) => {
        const map = { size, data: Uint8Array.from(values) };
        const found = parts(map.data, size, near);
        const most = Math.max(0, ...found.map((part) => part.length));
        const result = keepLargest(new MaskEdit(map), 1, near);
        expect(result.parts).toBe(found.length);
        const left = [...map.data.keys()].filter((at) => map.data[at] === 1);
        expect(left.length).toBe(most);
        if (most > 0)
          expect(found.some((part) => part.length === most && part.every((at) => map.data[at] === 1))).toBe(true);
        values.forEach((value, at) => value === 2 && expect(map.data[at]).toBe(2));
      }),
    );
  });
});

describe('interpolation', () => {
  const disc = (map: MaskMap, k: number, [x, y]: readonly [number, number], radius: number): void => {
    const [w, h] = map.size;
    for (let j = 0; j < h; j += 1)
      for (let i = 0; i < w; i += 1) if (Math.hypot(i - x, j - y) <= radius) map.data[(k * h + j) * w + i] = 1;
  };
  const area = (map: MaskMap, k: number): number => {
    const slice = map.size[0] * map.size[1];
    return map.data.subarray(k * slice, (k + 1) * slice).reduce((sum, v) => sum + (v === 1 ? 1 : 0), 0);
  };
  it('of a cone is a cone', () => {
    const size: Vec3 = [41, 41, 9];
    const map = empty(size);
    disc(map, 0, [20, 20], 16);
    disc(map, 8, [20, 20], 4);
    expect(interpolate(new MaskEdit(map), maskGridOf(plainGrid(size)), 1, 2)).toEqual({ slices: 7, apart: 0 });
    for (let k = 0; k < 9; k += 1)
      expect(Math.abs(Math.sqrt(area(map, k) / Math.PI) - (16 - 1.5 * k))).toBeLessThan(0.6);
  });
  it('goes by millimetres where slices lie unevenly', () => {
    const size: Vec3 = [41, 41, 3];
    const map = empty(size);
    disc(map, 0, [20, 20], 16);
    disc(map, 2, [20, 20], 4);
    interpolate(new MaskEdit(map), maskGridOf(plainGrid(size), [0, 1, 10]), 1, 2);
    expect(Math.abs(Math.sqrt(area(map, 1) / Math.PI) - 14.8)).toBeLessThan(0.6);
  });
  it('follows a leaning stack: a shape that stands still in the patient does so between', () => {
    // Each slice lies 2 pixels farther along the rows.
    const lean = Math.hypot(2, 1);
    const grid = maskGridOf({
      ...plainGrid([40, 30, 5]),
      spacing: [1, 1, lean],
      direction: [1, 0, 2 / lean, 0, 1, 0, 0, 0, 1 / lean],
    });
    const map = empty([40, 30, 5]);
    disc(map, 0, [20, 15], 5);
    disc(map, 4, [12, 15], 5);
    interpolate(new MaskEdit(map), grid, 1, 2);
    const wanted = empty([40, 30, 5]);
    for (let k = 0; k < 5; k += 1) disc(wanted, k, [20 - 2 * k, 15], 5);
    expect(map.data).toEqual(wanted.data);
  });
  it('works across any axis, writes over nothing, and says where outlines lie apart', () => {
    const size: Vec3 = [20, 7, 20];
    const map = empty(size);
    for (let k = 5; k < 15; k += 1)
      for (let i = 5; i < 15; i += 1) for (const j of [0, 6]) map.data[(k * 7 + j) * 20 + i] = 1;
    map.data[(10 * 7 + 3) * 20 + 10] = 2;
    expect(interpolate(new MaskEdit(map), maskGridOf(plainGrid(size)), 1, 1)).toEqual({ slices: 5, apart: 0 });
    expect(map.data[(10 * 7 + 3) * 20 + 10]).toBe(2);
    expect(map.data.filter((v) => v === 1).length).toBe(7 * 100 - 1);
    const far = empty([20, 20, 5]);
    disc(far, 0, [4, 4], 2);
    disc(far, 4, [15, 15], 2);
    expect(interpolate(new MaskEdit(far), maskGridOf(plainGrid([20, 20, 5])), 1, 2)).toEqual({ slices: 0, apart: 1 });
  });
});

describe('a label map on another grid', () => {
  it('is taken over voxel by voxel where both are one, else by where centres lie', () => {
    const from = { ...plainGrid([4, 4, 4]), spacing: [2, 2, 2] as Vec3 };
    const labels = Uint8Array.from({ length: 64 }, (_, at) => at % 3);
    expect(ontoGrid(labels, from, maskGridOf(from))).toEqual({ data: labels, same: true });
    const fine = { ...plainGrid([8, 8, 8]), origin: [-0.5, -0.5, -0.5] as Vec3 };
    const { data, same } = ontoGrid(labels, from, maskGridOf(fine));
    expect(same).toBe(false);
    for (const [[i, j, k], at] of voxelsOf([8, 8, 8]))
      expect(data[at]).toBe(labels[((k >> 1) * 4 + (j >> 1)) * 4 + (i >> 1)]);
  });
});
