import { layoutOf } from '../axes';
import { detachedFile } from '../detached';
import { bytesAt } from '../files';
import { geometryOf } from '../geometry';
import { listEach } from '../listing';
import { afterLines, listParts, openParts } from '../parts';
import { VolumeProblem } from '../problem';
import type { VolumeEntry, VolumeFormat } from '../types';
import { MOST_NRRD_HEADER, parseNrrd } from './header';
import type { NrrdHeader } from './header';
import { axesInSpace, placeOf } from './space';

/** NRRD with its voxels attached or detached, raw, gzipped or as text; further axes become volumes of their own. */
export const nrrd: VolumeFormat = {
  list: (files, signal) => listEach(files, listFile, signal),
  open: openParts,
};

const COLOURS = /^(3-color|rgb-color)$/;

async function listFile(file: string): Promise<VolumeEntry[]> {
  const header = parseNrrd(file, await bytesAt(file, 0, MOST_NRRD_HEADER));
  const inSpace = axesInSpace(header);
  const layout = layoutOf(
    file,
    header.sizes,
    inSpace,
    COLOURS.test(header.kinds?.[0] ?? '') && header.type === 'uint8',
  );
  const { affine, spacingKind, notes } = placeOf(file, header);
  const data = await dataOf(file, header);
  return listParts(
    {
      file,
      data,
      encoding: header.encoding,
      start: await startOf(data[0]!, header),
      bigEndian: header.bigEndian,
      layout,
    },
    {
      ...geometryOf(affine, layout.size),
      format: 'nrrd',
      modality: null,
      type: header.type,
      unit: header.sampleUnits || null,
      spacingKind,
      notes: [...notes],
    },
  );
}

async function dataOf(file: string, { data }: NrrdHeader): Promise<string[]> {
  if (!data) return [file];
  if (data.names.length === 0)
    throw new VolumeProblem(file, 'header-damaged', { detail: 'its list of files is empty' });
  return Promise.all(data.names.map((name) => detachedFile(file, name)));
}

/** `line skip` counts before `byte skip`; a byte skip of -1, of raw voxels alone, counts from the end. */
async function startOf(
  data: string,
  { bytes, data: detached, lineSkip, byteSkip, encoding }: NrrdHeader,
): Promise<number> {
  if (byteSkip === -1 && encoding === 'raw') return -1;
  const start = await afterLines(data, detached ? 0 : bytes, Math.max(0, lineSkip));
  // Of gzipped voxels the bytes to skip are inflated ones, which nobody writes.
  if (byteSkip !== 0 && encoding === 'gzip')
    throw new VolumeProblem(data, 'encoding-unsupported', { encoding: 'gzip with a byte skip' });
  return start + Math.max(0, byteSkip);
}
