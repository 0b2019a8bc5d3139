import { describe, expect, it } from 'vitest';
import { plainGrid, toWorld } from '@shared/space';
import type { Vec3 } from '@shared/space';
import type { PixelArray } from '@shared/pixels';
import { bytesOf, coarser, fitOf } from '@renderer/features/view/state/fit';
import { thinned, thinnedGrid } from '@renderer/features/view/sources/thinned';
import type { VolumeSource } from '@renderer/features/view/sources/types';

const GIB = 2 ** 30;
const needs = (size: Vec3, type: 'int16' | 'float32' = 'int16') =>
  ({ grid: { ...plainGrid(size), spacing: [0.7, 0.7, 1] as const }, type, components: 1 }) as const;
const card = { software: false, largestSide: 2048 };
const cpu = { software: true, largestSide: 2048 };

describe('what fits on a machine', () => {
  it('is shown in full where side, graphics and memory take it', () => {
    expect(fitOf(needs([512, 512, 1000]), { gpu: card, free: 2 * GIB })).toEqual({ strides: [1, 1, 1], tight: null });
    expect(fitOf(needs([2048, 4, 4]), { gpu: card, free: undefined }).tight).toBeNull();
  });

  it('says which side is too long, and thins that axis alone', () => {
    const { strides, tight } = fitOf(needs([512, 512, 5000]), { gpu: card, free: undefined });
    expect(tight).toEqual({ why: 'side', side: 5000, most: 2048 });
    expect(strides).toEqual([1, 1, 3]);
  });

  it('counts voxels twice where the CPU draws: its textures lie in the same memory', () => {
    expect(bytesOf(needs([10, 10, 10]), [1, 2, 1])).toBe(1000);
    const size: Vec3 = [512, 512, 1000];
    expect(fitOf(needs(size), { gpu: card, free: GIB }).tight).toBeNull();
    expect(fitOf(needs(size), { gpu: cpu, free: 1.4 * GIB }).tight).toBeNull();
    const { strides, tight } = fitOf(needs(size), { gpu: cpu, free: 1 * GIB });
    expect(tight).toMatchObject({ why: 'memory', need: 4 * 512 * 512 * 1000, most: 0.75 * GIB });
    expect(2 * bytesOf(needs(size), strides)).toBeLessThanOrEqual(0.75 * GIB);
    // The finest axes give first.
    expect(strides[2]).toBe(1);
  });

  it('gives no card a texture that drivers stop over', () => {
    expect(fitOf(needs([1024, 1024, 2000], 'float32'), { gpu: card, free: 64 * GIB }).tight?.why).toBe('graphics');
  });

  it('thins nothing across gaps', () => {
    expect(coarser({ ...needs([8, 8, 100]), missing: 3 }, [2, 2, 1])[2]).toBe(1);
  });
});

describe('a thinned volume', () => {
  const full = { ...plainGrid([5, 4, 6]), spacing: [1, 2, 3] as const, origin: [10, 20, 30] as const };

  it('has each of its voxels where the full one has it, with its value', async () => {
    const by: Vec3 = [2, 1, 3];
    const values = Int16Array.from({ length: 120 }, (_, i) => i);
    const source = {
      id: 'a',
      grid: full,
      components: 1,
      // In pieces that do not follow each other, as slices stream.
      read: (_signal: AbortSignal, arrived: (from: number, part: PixelArray) => void) => {
        for (const [from, to] of [
          [3, 4],
          [4, 6],
          [0, 3],
        ] as const)
          arrived(from, values.subarray(20 * from, 20 * to));
        return Promise.resolve();
      },
    } as unknown as VolumeSource;
    const thin = thinned(source, by);
    const grid = thinnedGrid(full, by);
    expect(grid).toMatchObject({ size: [2, 4, 2], spacing: [2, 2, 9] });
    const got = new Map<number, PixelArray>();
    await thin.read(new AbortController().signal, (from, part) => void got.set(from, part));
    expect([...got.keys()].sort()).toEqual([0, 1]);
    for (let k = 0; k < 2; k += 1)
      for (let j = 0; j < 4; j += 1)
        for (let i = 0; i < 2; i += 1) {
          const [x, y, z] = [1 + 2 * i, j, 1 + 3 * k];
          expect(got.get(k)![j * 2 + i]).toBe((z * 4 + y) * 5 + x);
          expect(toWorld(grid, [i, j, k])).toEqual(toWorld(full, [x, y, z]));
        }
    expect(thin.thinned).toEqual({ by, size: [5, 4, 6] });
  });

  it('keeps an axis of one voxel', () => {
    expect(thinnedGrid(plainGrid([5, 5, 1]), [2, 2, 4]).size).toEqual([2, 2, 1]);
  });
});
