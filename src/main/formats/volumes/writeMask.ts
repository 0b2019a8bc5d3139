import type { MaskExported } from '@shared/domain';
import { countsOf } from '@shared/mask';
import { segmentationSource } from './dicom/segmentationSource';
import { segmentationFile } from './dicom/writeSegmentation';
import type { VolumeEntry } from './types';
import { maskFormat, maskNifti, namesTable, writeWhole } from './write/mask';
import type { WrittenMask } from './write/mask';

/**
 * Writes a mask as NIfTI with a table of names beside it, or as a DICOM segmentation that belongs to the images of `of`.
 * @param of the volume in DICOM files whose patient, study and pictures it names; null: nobody's
 * @throws VolumeProblem where those files cannot be read; UserError where the mask cannot be written so
 */
export async function writeMask(mask: WrittenMask, of: VolumeEntry | null, to: string): Promise<MaskExported> {
  const source = maskFormat(to) === 'seg' && of?.header.format === 'dicom' ? await segmentationSource(of) : null;
  if (maskFormat(to) === 'seg') await writeWhole(to, segmentationFile(mask, source, to));
  else {
    await writeWhole(to, await maskNifti(mask, to));
    // NIfTI has no place for names.
    await writeWhole(`${to.replace(/\.gz$/i, '')}.txt`, Buffer.from(namesTable(mask.segments)));
  }
  const counts = countsOf(mask.data);
  return {
    file: to,
    voxels: mask.data.length - counts[0]!,
    segments: mask.segments.filter((_, i) => counts[i + 1]! > 0).length,
  };
}
