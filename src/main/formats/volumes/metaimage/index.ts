import type { SpacingKind, VolumeNote } from '@shared/domain';
import { layoutOf } from '../axes';
import { detachedFile } from '../detached';
import { bytesAt } from '../files';
import { geometryOf, scaled, shearNotes, spansVolume } from '../geometry';
import type { Affine, Vector } from '../geometry';
import { listEach } from '../listing';
import { listParts, openParts } from '../parts';
import { VolumeProblem } from '../problem';
import type { VolumeEntry, VolumeFormat } from '../types';
import { MOST_METAIMAGE_HEADER, parseMetaImage } from './header';
import type { MetaImageHeader } from './header';

/** MetaImage (.mha, .mhd): voxels in the file or in others, raw, compressed or as text; channels and fourth axes become volumes. */
export const metaImage: VolumeFormat = {
  list: (files, signal) => listEach(files, listFile, signal),
  open: openParts,
};

async function listFile(file: string): Promise<VolumeEntry[]> {
  const header = parseMetaImage(file, await bytesAt(file, 0, MOST_METAIMAGE_HEADER));
  const sizes = header.channels > 1 ? [header.channels, ...header.sizes] : header.sizes;
  const inSpace = header.sizes.map((_, i) => i < 3);
  if (header.channels > 1) inSpace.unshift(false);
  const layout = layoutOf(file, sizes, inSpace, header.channels === 3 && header.type === 'uint8');
  const { affine, spacingKind, notes } = placeOf(file, header);
  const { data } = header;
  const local = data.kind === 'local';
  return listParts(
    {
      file,
      data: local ? [file] : await Promise.all(data.names.map((name) => detachedFile(file, name))),
      encoding: header.encoding,
      start: local ? header.bytes : header.skip,
      bigEndian: header.bigEndian,
      layout,
    },
    {
      ...geometryOf(affine, layout.size),
      format: 'metaimage',
      modality: header.modality,
      type: header.type,
      unit: null,
      spacingKind,
      notes: [...notes],
    },
  );
}

/** In LPS, as ITK takes MetaImage's directions. */
function placeOf(
  file: string,
  { sizes, matrix, spacing, offset }: MetaImageHeader,
): { affine: Affine; spacingKind: SpacingKind; notes: VolumeNote[] } {
  const count = sizes.length;
  const notes: VolumeNote[] = [];
  if (!spacing) notes.push({ code: 'no-geometry', values: {} });
  else if (!matrix) notes.push({ code: 'spacing-only', values: { axes: 'left, posterior, superior' } });
  if (count === 2 || sizes[2] === 1) notes.push({ code: 'one-slice', values: {} });
  const axis = (i: number): Vector => {
    const unit: Vector = [i === 0 ? 1 : 0, i === 1 ? 1 : 0, i === 2 ? 1 : 0];
    if (i >= count) return unit;
    const row = (j: number): number => (matrix && j < count ? matrix[i * count + j]! : unit[j]!);
    return scaled([row(0), row(1), row(2)], spacing?.[i] ?? 1);
  };
  const affine: Affine = {
    axes: [axis(0), axis(1), axis(2)],
    origin: [offset?.[0] ?? 0, offset?.[1] ?? 0, offset?.[2] ?? 0],
  };
  if (!spansVolume(affine))
    throw new VolumeProblem(file, 'header-impossible', { detail: 'its directions span no volume' });
  return { affine, spacingKind: spacing ? 'patient' : 'none', notes: [...notes, ...shearNotes(affine)] };
}
