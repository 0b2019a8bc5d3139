import type { VolumeFormat } from '../types';
import { list } from './list';
import { open } from './open';
import { isOverlaySource, openOverlay } from './overlay';
import { isLabelSource, openLabelMap } from './segmentation';
import type { DicomSource } from './volume';

/** DICOM: files, series, multi-frame, mosaics, segmentations and directories. `docs/volumes.md` says what is read and how. */
export const dicom: VolumeFormat = {
  list,
  open(entry) {
    const source = entry.source as DicomSource;
    if (isOverlaySource(source)) return Promise.resolve(openOverlay(entry, source));
    return isLabelSource(source) ? Promise.resolve(openLabelMap(entry, source)) : open(entry);
  },
};
export { isDicom } from './file';
export { overlaysOf } from './overlay';
