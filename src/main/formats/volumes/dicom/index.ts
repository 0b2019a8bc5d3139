import type { VolumeFormat } from '../types';
import { list } from './list';
import { open } from './open';

/** DICOM: files, series, multi-frame, mosaics and directories. `docs/volumes.md` says what is read and how. */
export const dicom: VolumeFormat = { list, open };
export { isDicom } from './file';
