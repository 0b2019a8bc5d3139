import { z } from 'zod';
import type { VolumeNote } from '@shared/domain';
import { openBlock } from '../block';
import { entryId, nameOf, readHead, sizeOf } from '../files';
import { geometryOf } from '../geometry';
import type { Vector } from '../geometry';
import { checkDeflated, checkedBytes, truncated } from '../limits';
import { listEach } from '../listing';
import { VolumeProblem } from '../problem';
import { inflatedSource, rawSource } from '../source';
import type { OpenVolume, VolumeEntry, VolumeFormat } from '../types';
import { VOXEL_BYTES } from '../voxels';
import { placeOf } from './affine';
import { NIFTI_HEADER_BYTES, parseNifti } from './header';
import { imageBeside } from './pair';

/** How voxels of one volume are found again. */
const source = z.object({
  data: z.string(),
  gzip: z.boolean(),
  /** Of the first voxel of the file. */
  start: z.number(),
  volume: z.number(),
  volumes: z.number(),
  bigEndian: z.boolean(),
  slope: z.number(),
  intercept: z.number(),
});
type Source = z.infer<typeof source>;

/** NIfTI-1 and -2 (.nii, .nii.gz, .hdr with .img), either byte order; what has more than three axes is a list of volumes. */
export const nifti: VolumeFormat = {
  list: (files, signal) => listEach(files, listFile, signal),
  open,
};

async function listFile(file: string): Promise<VolumeEntry[]> {
  const head = await readHead(file, NIFTI_HEADER_BYTES);
  const header = parseNifti(file, head.bytes);
  const data = header.single ? file : await imageBeside(file);
  const dims = [...header.dims];
  while (dims.length < 3) dims.push(1);
  const size = dims.slice(0, 3) as unknown as Vector;
  const further = dims.slice(3);
  const bytes = checkedBytes(file, size, VOXEL_BYTES[header.type] * header.components);
  const volumes = further.reduce((product, n) => product * n, 1);
  const all = checkedCount(file, further, volumes) * bytes;
  const packed = data === file ? head : { gzip: await isGzipped(data), size: await sizeOf(data) };
  if (packed.gzip) checkDeflated(data, packed.size, header.offset + all);
  else if (packed.size < header.offset + all) throw truncated(data, Math.max(0, packed.size - header.offset), all);
  const { affine, notes, spacingKind } = placeOf(header, size);
  const files = data === file ? [file] : [file, data];
  const oneSlice: VolumeNote[] = size[2] === 1 ? [{ code: 'one-slice', values: {} }] : [];
  return Promise.all(
    Array.from({ length: volumes }, async (_, volume): Promise<VolumeEntry> => {
      const picked = volumes > 1 ? partOf(further, volume, volumes) : null;
      return {
        id: await entryId(files, String(volume)),
        bytes,
        header: {
          ...geometryOf(affine, size),
          files,
          name: picked ? `${nameOf(file)} [${volume + 1}/${volumes}]` : nameOf(file),
          format: 'nifti',
          modality: null,
          type: header.type,
          unit: null,
          components: header.components,
          spacingKind,
          notes: [...notes, ...oneSlice, ...(picked ? [picked] : [])],
        },
        source: {
          data,
          gzip: packed.gzip,
          start: header.offset,
          volume,
          volumes,
          bigEndian: header.bigEndian,
          slope: header.slope,
          intercept: header.intercept,
        } satisfies Source,
      };
    }),
  );
}

async function open(entry: VolumeEntry): Promise<OpenVolume> {
  const { data, gzip, start, volume, volumes, ...read } = source.parse(entry.source);
  const at = start + volume * entry.bytes;
  const more = volume < volumes - 1;
  const voxels = gzip
    ? await inflatedSource(data, entry.bytes, { format: 'gzip', start: 0, skip: at, more })
    : await rawSource(data, at, entry.bytes, more);
  return openBlock({
    header: entry.header,
    source: voxels,
    bigEndian: read.bigEndian,
    scaling: { slope: read.slope, intercept: read.intercept },
  });
}

/** No study has more time points; a header that says so lies. */
const MOST_VOLUMES = 20_000;

function checkedCount(file: string, further: readonly number[], volumes: number): number {
  if (!further.every((n) => Number.isInteger(n) && n > 0) || volumes > MOST_VOLUMES)
    throw new VolumeProblem(file, 'header-impossible', { detail: `${further.join(' × ')} volumes` });
  return volumes;
}

/** The fourth axis is time; further ones are values of a voxel (NIFTI_INTENT_VECTOR and others). */
function partOf(further: readonly number[], volume: number, volumes: number): VolumeNote {
  const [times = 1] = further;
  const overTime = times === volumes;
  return {
    code: 'one-of-several',
    values: { kind: overTime ? 'time' : 'component', value: volume, index: volume + 1, count: volumes },
  };
}

const isGzipped = async (file: string): Promise<boolean> => (await readHead(file, 2)).gzip;
