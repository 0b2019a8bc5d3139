import type { VolumeHeader, VolumeNote } from '@shared/domain';
import type { VoxelSource } from './source';
import type { OpenVolume, StoredSlice } from './types';
import { asVoxels, VOXEL_BYTES } from './voxels';

/** A volume whose voxels stand in one piece, first axis fastest. */
export interface Block {
  readonly header: VolumeHeader;
  readonly source: VoxelSource;
  readonly bigEndian: boolean;
  readonly scaling: { readonly slope: number; readonly intercept: number };
  /** Where several values stand side by side and each is a volume of its own: which of how many. */
  readonly lane?: { readonly index: number; readonly count: number };
}

/** Reads slices of a block by their place. */
export function openBlock({ header, source, bigEndian, scaling, lane }: Block): OpenVolume {
  const { size, type, components } = header;
  const values = size[0] * size[1] * components;
  const bytes = values * VOXEL_BYTES[type] * (lane?.count ?? 1);
  const late: VolumeNote[] = [];
  const seen = new Set<number>();

  let finished: Promise<void> | undefined;
  const finish = (): Promise<void> =>
    (finished ??= source.finish().then((trailing) => {
      if (trailing > 0) late.push({ code: 'trailing-bytes', values: { bytes: trailing } });
    }));

  async function slice(index: number): Promise<StoredSlice> {
    const all = asVoxels(type, await source.read(index * bytes, bytes), bigEndian);
    if (!lane) return { index, values: all };
    const own = all.slice(0, values);
    for (let i = 0, from = lane.index; i < values; i++, from += lane.count) own[i] = all[from]!;
    return { index, values: own };
  }

  return {
    header,
    scaling,
    late,
    async *slices(order, signal) {
      for (const index of order) {
        signal?.throwIfAborted();
        const read = await slice(index);
        seen.add(index);
        if (seen.size === size[2]) await finish();
        yield read;
      }
    },
    close: () => source.close(),
  };
}
