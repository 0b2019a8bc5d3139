import { z } from 'zod';
import { voxelType } from '@shared/domain';
import type { VolumeNote, VoxelType } from '@shared/domain';
import { openNpz } from '../../npz';
import { MAX_NPY_HEADER, NpyHeaderError, parseNpyHeader } from '../../npyHeader';
import type { NpyHeader } from '../../npyHeader';
import { halvesInto } from '../../typed';
import type { Dtype } from '../../types';
import { openBlock } from '../block';
import { bytesAt, entryId, fileProblem, nameOf, sizeOf } from '../files';
import { geometryOf, unitAffine } from '../geometry';
import { checkedBytes, truncated } from '../limits';
import { listEach } from '../listing';
import { VolumeProblem } from '../problem';
import { forwardSource, rawSource } from '../source';
import type { VoxelSource } from '../source';
import type { VolumeEntry, VolumeFormat } from '../types';
import { asVoxels, VOXEL_BYTES } from '../voxels';

const source = z.object({
  file: z.string(),
  /** Of an npz. */
  array: z.string().nullable(),
  dtype: z.string(),
  type: voxelType,
  bigEndian: z.boolean(),
  headerBytes: z.number(),
  volume: z.number(),
  volumes: z.number(),
});
type Source = z.infer<typeof source>;

const TYPES: Readonly<Partial<Record<Dtype, VoxelType>>> = {
  bool: 'uint8',
  uint8: 'uint8',
  int8: 'int8',
  uint16: 'uint16',
  int16: 'int16',
  uint32: 'uint32',
  int32: 'int32',
  uint64: 'uint64',
  int64: 'int64',
  float16: 'float32',
  float32: 'float32',
  float64: 'float64',
};
const MOST_VOLUMES = 100_000;

/**
 * NumPy arrays, alone or in an npz. They have no geometry and do not name their axes: the one fastest in memory runs along rows, the
 * next down columns, the third through slices; a fourth counts volumes, and three values of a byte in front are colours.
 */
export const npy: VolumeFormat = {
  list: (files, signal) => listEach(files, listFile, signal),
  async open(entry) {
    const from = source.parse(entry.source);
    return openBlock({
      header: entry.header,
      source:
        from.array === null && from.dtype !== 'float16'
          ? await rawVoxels(from, entry.bytes)
          : streamed(from, entry.bytes),
      bigEndian: from.bigEndian && from.dtype !== 'float16',
      scaling: { slope: 1, intercept: 0 },
    });
  },
};

async function listFile(file: string): Promise<VolumeEntry[]> {
  const start = await bytesAt(file, 0, MAX_NPY_HEADER);
  if (start.toString('latin1', 0, 2) !== 'PK') return entriesOf(file, null, await headerOf(file, start));
  const arrays = await openNpz(file);
  try {
    const found: VolumeEntry[] = [];
    for (const member of arrays.members.values())
      if (member.shape.length === 3 || member.shape.length === 4)
        found.push(...(await entriesOf(file, member.name, member)));
    if (found.length === 0) throw new VolumeProblem(file, 'no-image', { what: 'no array of three axes' });
    return found;
  } finally {
    await arrays.close();
  }
}

async function headerOf(file: string, start: Buffer): Promise<NpyHeader> {
  try {
    const header = parseNpyHeader(start);
    const have = (await sizeOf(file)) - header.headerBytes;
    if (have < header.dataBytes) throw truncated(file, have, header.dataBytes);
    return header;
  } catch (error) {
    if (!(error instanceof NpyHeaderError)) throw error;
    throw new VolumeProblem(file, 'header-damaged', { detail: error.message }, { cause: error });
  }
}

async function entriesOf(file: string, array: string | null, header: NpyHeader): Promise<VolumeEntry[]> {
  const type = TYPES[header.dtype];
  if (!type) throw new VolumeProblem(file, 'type-unsupported', { type: header.dtype });
  const shape = [...header.shape];
  const sizes = header.fortran ? shape : shape.toReversed();
  const colours = sizes[0] === 3 && type === 'uint8' && sizes.length >= 3;
  const [x, y, z = 1, volumes = 1, ...further] = colours ? sizes.slice(1) : sizes;
  if (x === undefined || y === undefined || further.length > 0)
    throw new VolumeProblem(file, 'dimensions', { dimensions: shape.length });
  if (volumes > MOST_VOLUMES || volumes < 1)
    throw new VolumeProblem(file, 'header-impossible', { detail: `${volumes} volumes` });
  const components = colours ? 3 : 1;
  const bytes = checkedBytes(file, [x, y, z], VOXEL_BYTES[type] * components);
  const id = await entryId([file], array ?? '');
  const name = array === null ? nameOf(file) : `${nameOf(file)} ${array}`;
  const notes: VolumeNote[] = [
    { code: 'no-geometry', values: {} },
    { code: 'axes-assumed', values: { order: header.fortran ? 'x, y, z' : 'z, y, x' } },
    ...(z === 1 ? [{ code: 'one-slice', values: {} } as const] : []),
  ];
  const geometry = geometryOf(unitAffine(), [x, y, z]);
  return Array.from({ length: volumes }, (_, volume): VolumeEntry => {
    const picked: VolumeNote = {
      code: 'one-of-several',
      values: { kind: 'volume', value: volume, index: volume + 1, count: volumes },
    };
    return {
      id: `${id}-${volume}`,
      bytes,
      header: {
        ...geometry,
        files: [file],
        name: volumes > 1 ? `${name} [${volume + 1}/${volumes}]` : name,
        format: 'npy',
        modality: null,
        type,
        unit: null,
        components,
        spacingKind: 'none',
        notes: volumes > 1 ? [...notes, picked] : notes,
      },
      source: {
        file,
        array,
        dtype: header.dtype,
        type,
        bigEndian: header.bigEndian,
        headerBytes: header.headerBytes,
        volume,
        volumes,
      } satisfies Source,
    };
  });
}

const rawVoxels = ({ file, headerBytes, volume, volumes }: Source, bytes: number): Promise<VoxelSource> =>
  rawSource(file, headerBytes + volume * bytes, bytes, volume < volumes - 1);

/** An array of an npz, or half floats, which become floats on the way. */
function streamed(from: Source, bytes: number): VoxelSource {
  const { file, array, volume, volumes, dtype, headerBytes, bigEndian } = from;
  return forwardSource(file, bytes, {
    skip: volume * bytes,
    more: volume < volumes - 1,
    async *chunks() {
      const half = dtype === 'float16';
      for await (const chunk of array === null ? fileChunks(file, headerBytes) : arrayChunks(file, array))
        yield half ? floatsOf(chunk, bigEndian) : chunk;
    },
    problemOf: (error) => fileProblem(file, error),
  });
}

async function* arrayChunks(file: string, array: string): AsyncIterable<Uint8Array> {
  const arrays = await openNpz(file);
  try {
    yield* evenChunks(arrays.data(array));
  } finally {
    await arrays.close();
  }
}

/** Chunks of whole values, whatever lengths a stream cuts. */
async function* evenChunks(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const all =
      rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const whole = all.length - (all.length % 8);
    if (whole > 0) yield all.subarray(0, whole);
    rest = Buffer.from(all.subarray(whole));
  }
  if (rest.length > 0) yield rest;
}

const CHUNK = 2 ** 20;
async function* fileChunks(file: string, start: number): AsyncIterable<Uint8Array> {
  for (let at = start; ; at += CHUNK) {
    const chunk = await bytesAt(file, at, CHUNK);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

function floatsOf(chunk: Uint8Array, bigEndian: boolean): Uint8Array {
  const halves = asVoxels('uint16', chunk.slice(), bigEndian) as Uint16Array;
  const floats = new Float32Array(halves.length);
  halvesInto(halves, floats);
  return new Uint8Array(floats.buffer);
}
