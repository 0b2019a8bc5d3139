import { isDicom } from './dicom';
import { isMetaImage } from './metaimage/header';
import { isAnalyze, NIFTI_HEADER_BYTES, niftiVersion } from './nifti/header';
import { isNrrd } from './nrrd/header';
import { readHead } from './files';
import { VolumeProblem } from './problem';

/** Formats that are told by a file's first bytes. */
export type Format = 'dicom' | 'nifti' | 'nrrd' | 'metaimage' | 'tiff' | 'npy';

const MOST = Math.max(4096, NIFTI_HEADER_BYTES);

/**
 * Which format a file is of, by its content and never by its name.
 * @throws VolumeProblem `empty`, `unknown-format`, `analyze` (NIfTI's ancestor, which says no orientation), and what the system says
 */
export async function formatOf(file: string): Promise<Format> {
  const { bytes, gzip, size } = await readHead(file, MOST);
  if (size === 0) throw new VolumeProblem(file, 'empty');
  // First: a DICOM file may carry a TIFF's first bytes in its preamble.
  if (!gzip && isDicom(bytes)) return 'dicom';
  if (niftiVersion(bytes)) return 'nifti';
  if (gzip) throw new VolumeProblem(file, isAnalyze(bytes) ? 'analyze' : 'unknown-format');
  if (isNrrd(bytes)) return 'nrrd';
  if (isMetaImage(bytes)) return 'metaimage';
  const magic = bytes.toString('latin1', 0, 6);
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(magic)) return 'tiff';
  if (magic === '\x93NUMPY' || magic.startsWith('PK\x03\x04')) return 'npy';
  throw new VolumeProblem(file, isAnalyze(bytes) ? 'analyze' : 'unknown-format');
}
