import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileVolume } from '@shared/domain';
import { plainGrid } from '@shared/space';
import type { PixelArray } from '@shared/pixels';
import type { VolumeSource } from '@renderer/features/view/sources/types';
import { isLayer } from '@renderer/features/view/state/layers';
import { useFiles } from '@renderer/features/view/state/useFiles';

const VOXELS = Uint8Array.from({ length: 8 * 8 * 8 }, (_, i) => (i % 8) + 1);
const dropped = vi.fn<() => void>();
let free = 1e9;

vi.mock('@renderer/vtk', () => ({ gpuHere: () => ({ software: true, largestSide: 2048 }) }));
vi.mock('@renderer/stores', () => ({
  client: () => ({ volumes: { labelNames: () => Promise.resolve({ 1: 'one' }) } }),
}));
vi.mock('@renderer/features/view/sources/file', () => ({
  fileSource: (): Promise<VolumeSource> =>
    Promise.resolve({
      id: 'file mask',
      name: 'mask',
      grid: plainGrid([8, 8, 8]),
      spacingKind: 'patient',
      oriented: true,
      modality: null,
      unit: null,
      type: 'uint8',
      components: 1,
      slope: 1,
      intercept: 0,
      freeMemory: free,
      notes: [],
      inverted: false,
      read: (_signal: AbortSignal, arrived: (from: number, values: PixelArray) => void) => {
        arrived(0, VOXELS);
        return Promise.resolve();
      },
      drop: dropped,
    } as VolumeSource),
}));

const mask = { id: 'mask', header: {} } as FileVolume;

describe('a volume that is laid over another', () => {
  beforeEach(() => {
    free = 1e9;
    dropped.mockClear();
  });

  it('is read whole where it fits', async () => {
    const got = await useFiles().layer(mask, String);
    expect(isLayer(got) && [...got.loaded.voxels.data]).toEqual([...VOXELS]);
    expect(isLayer(got) && got.loaded.source.thinned).toBeUndefined();
    expect(dropped).not.toHaveBeenCalled();
  });

  it('is not read where it does not, but offered in a lower resolution, with the reason', async () => {
    free = 1000;
    const got = await useFiles().layer(mask, String);
    if (isLayer(got)) throw new Error('it was laid');
    // Where the CPU draws, its texture lies in the same memory.
    expect(got.tight).toEqual({ why: 'memory', need: 2 * 512, most: 750 });
    expect(dropped).toHaveBeenCalledOnce();
    const taken = await useFiles().layer(mask, String, { lower: got.strides });
    if (!isLayer(taken)) throw new Error('it was offered again');
    expect(taken.loaded.source.thinned).toEqual({ by: got.strides, size: [8, 8, 8] });
    expect(2 * taken.loaded.voxels.data.length).toBeLessThanOrEqual(750);
    // Every voxel that is there has its own value.
    expect(new Set(taken.loaded.voxels.data)).toEqual(new Set([2, 4, 6, 8]));
  });

  it('is read in what fits where that is asked for', async () => {
    free = 1000;
    const got = await useFiles().layer(mask, String, { lower: 'fitting' });
    expect(isLayer(got) && got.loaded.source.thinned?.size).toEqual([8, 8, 8]);
  });
});
