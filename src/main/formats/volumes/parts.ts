import { z } from 'zod';
import { voxelType } from '@shared/domain';
import type { VolumeHeader } from '@shared/domain';
import { partNotes } from './axes';
import type { AxesLayout } from './axes';
import { openBlock } from './block';
import { bytesAt, entryId, nameOf, sizeOf } from './files';
import { checkDeflated, checkedBytes, truncated } from './limits';
import { VolumeProblem } from './problem';
import { inflatedSource, joinedSource, rawSource } from './source';
import type { VoxelSource } from './source';
import { textSource } from './text';
import type { OpenVolume, VolumeEntry } from './types';
import { VOXEL_BYTES } from './voxels';

/** Voxels as NRRD and MetaImage store them: in one file or one after the other in several, each packed alike. */
export const partsSource = z.object({
  files: z.array(z.string()).min(1),
  encoding: z.enum(['raw', 'gzip', 'zlib', 'text']),
  /** Bytes before the voxels, in each file; -1: they are its last bytes. */
  start: z.number(),
  bytesPerFile: z.number(),
  type: voxelType,
  bigEndian: z.boolean(),
  lane: z.object({ index: z.number(), count: z.number() }),
  volume: z.number(),
  volumes: z.number(),
  /** Bytes of one volume with all its lanes. */
  stride: z.number(),
});
export type PartsSource = z.infer<typeof partsSource>;

export interface Stored {
  /** The header's own; voxels may be in it. */
  readonly file: string;
  readonly data: readonly string[];
  readonly encoding: PartsSource['encoding'];
  readonly start: number;
  readonly bigEndian: boolean;
  readonly layout: AxesLayout;
}

type Fixed = Omit<VolumeHeader, 'files' | 'name' | 'size' | 'components'>;
const MOST_PARTS = 20_000;

/** Entries of the volumes in such a file, after a check that all bytes can be there. */
export async function listParts(stored: Stored, fixed: Fixed): Promise<VolumeEntry[]> {
  const { file, data, layout, encoding } = stored;
  const { lanes, volumes, size, components } = layout;
  if (lanes * volumes > MOST_PARTS || !Number.isInteger(lanes * volumes) || lanes * volumes < 1)
    throw new VolumeProblem(file, 'header-impossible', { detail: `${lanes * volumes} volumes` });
  const bytes = checkedBytes(file, size, VOXEL_BYTES[fixed.type] * components);
  const stride = checkedBytes(file, [...size, lanes], VOXEL_BYTES[fixed.type] * components);
  const bytesPerFile = (stride * volumes) / data.length;
  if (!Number.isInteger(bytesPerFile / VOXEL_BYTES[fixed.type]))
    throw new VolumeProblem(file, 'header-impossible', {
      detail: `${data.length} files for ${size.join(' × ')} voxels`,
    });
  if (encoding !== 'text') for (const part of data) await checkSize(part, stored, bytesPerFile);
  const files = [...new Set([file, ...data])];
  const entries: VolumeEntry[] = [];
  for (let volume = 0; volume < volumes; volume++)
    for (let lane = 0; lane < lanes; lane++) {
      const at = volume * lanes + lane;
      const picked = lanes * volumes > 1;
      entries.push({
        id: await entryId(files, String(at)),
        bytes,
        header: {
          ...fixed,
          size: [...size],
          components,
          files,
          name: picked ? `${nameOf(file)} [${at + 1}/${lanes * volumes}]` : nameOf(file),
          notes: [...fixed.notes, ...partNotes(layout, lane, volume)],
        },
        source: {
          files: [...data],
          encoding,
          start: stored.start,
          bytesPerFile,
          type: fixed.type,
          bigEndian: stored.bigEndian,
          lane: { index: lane, count: lanes },
          volume,
          volumes,
          stride,
        } satisfies PartsSource,
      });
    }
  return entries;
}

async function checkSize(part: string, { start, encoding }: Stored, bytes: number): Promise<void> {
  const have = (await sizeOf(part)) - Math.max(0, start);
  if (encoding === 'raw' && have < bytes) throw truncated(part, Math.max(0, have), bytes);
  if (encoding !== 'raw') checkDeflated(part, Math.max(0, have), bytes);
}

export async function openParts(entry: VolumeEntry): Promise<OpenVolume> {
  const source = partsSource.parse(entry.source);
  const { lane } = source;
  return openBlock({
    header: entry.header,
    source: await voxelsOf(source),
    bigEndian: source.bigEndian && source.encoding !== 'text',
    scaling: { slope: 1, intercept: 0 },
    ...(lane.count > 1 ? { lane } : {}),
  });
}

/** Bytes of one volume: from one file, or from those of all that its bytes fall into. */
async function voxelsOf(source: PartsSource): Promise<VoxelSource> {
  const { files, bytesPerFile, stride, volume, volumes } = source;
  const from = volume * stride;
  if (files.length === 1) return sourceIn(source, files[0]!, from, stride, volume < volumes - 1);
  const parts: { source: VoxelSource; bytes: number }[] = [];
  try {
    for (const [i, file] of files.entries()) {
      const begin = Math.max(from, i * bytesPerFile);
      const end = Math.min(from + stride, (i + 1) * bytesPerFile);
      if (end <= begin) continue;
      const own = begin - i * bytesPerFile;
      const more = own + end - begin < bytesPerFile;
      parts.push({ source: await sourceIn(source, file, own, end - begin, more), bytes: end - begin });
    }
  } catch (error) {
    for (const part of parts) await part.source.close();
    throw error;
  }
  return joinedSource(parts);
}

async function sourceIn(
  o: PartsSource,
  file: string,
  from: number,
  bytes: number,
  more: boolean,
): Promise<VoxelSource> {
  const start = o.start === -1 ? (await sizeOf(file)) - o.bytesPerFile : o.start;
  if (o.encoding === 'raw') return rawSource(file, start + from, bytes, more);
  if (o.encoding === 'text') {
    const all = await textSource(file, start, o.bytesPerFile, o.type);
    return { ...all, read: (offset, length) => all.read(from + offset, length) };
  }
  return inflatedSource(file, bytes, { format: o.encoding, start, skip: from, more });
}

/** Where the bytes after `lines` lines of a file begin. */
export async function afterLines(file: string, start: number, lines: number): Promise<number> {
  const CHUNK = 64 * 1024;
  let at = start;
  for (let left = lines; left > 0;) {
    const chunk = await bytesAt(file, at, CHUNK);
    if (chunk.length === 0) throw truncated(file, 0, 1);
    let used = 0;
    while (left > 0) {
      const end = chunk.indexOf(10, used);
      if (end < 0) break;
      used = end + 1;
      left--;
    }
    at += left > 0 ? chunk.length : used;
  }
  return at;
}
