import { dicom, overlaysOf as dicomOverlays } from './dicom';
import { metaImage } from './metaimage';
import { nifti } from './nifti';
import { nrrd } from './nrrd';
import type { Format } from './sniff';
import { npy } from './stacks/npy';
import { tiff } from './stacks/tiff';
import type { OpenVolume, VolumeEntry, VolumeFormat } from './types';

export const FORMATS: Readonly<Record<Format, VolumeFormat>> = { dicom, nifti, nrrd, metaimage: metaImage, tiff, npy };

/** @param entry of a listing of this build. @throws VolumeProblem where its files changed since, or are not whole */
export const openVolume = (entry: VolumeEntry): Promise<OpenVolume> =>
  FORMATS[entry.header.format as Format].open(entry);

/** What lies over a volume's pictures in its own files, as label maps; only DICOM has such. @throws VolumeProblem */
export const overlaysOf = (entry: VolumeEntry): Promise<VolumeEntry[]> =>
  entry.header.format === 'dicom' ? dicomOverlays(entry) : Promise.resolve([]);
