import type { Dataset } from './dataset';
import { Modality, SopClassUid } from './tags';

const STORAGE = '1.2.840.10008.5.1.4.1.1';

/** Kinds of files without pictures that lie beside images. PS3.6's names. */
const NAMES: readonly (readonly [prefix: string, name: string])[] = [
  ['1.2.840.10008.1.3.10', 'DICOMDIR'],
  [`${STORAGE}.88.67`, 'X-Ray Radiation Dose SR'],
  [`${STORAGE}.88.59`, 'Key Object Selection'],
  [`${STORAGE}.88`, 'Structured Report'],
  [`${STORAGE}.104`, 'Encapsulated Document'],
  [`${STORAGE}.11`, 'Presentation State'],
  [`${STORAGE}.9`, 'Waveform'],
  [`${STORAGE}.66.4`, 'Segmentation'],
  [`${STORAGE}.66.5`, 'Surface Segmentation'],
  [`${STORAGE}.66`, 'Raw Data'],
  [`${STORAGE}.4.2`, 'MR Spectroscopy'],
  [`${STORAGE}.481.3`, 'RT Structure Set'],
  [`${STORAGE}.481.5`, 'RT Plan'],
  [`${STORAGE}.481.8`, 'RT Ion Plan'],
  [`${STORAGE}.481`, 'Radiotherapy'],
];

export const SEGMENTATION = `${STORAGE}.66.4`;

/** RT Dose: values are scaled by (3004,000E). */
export const RT_DOSE = `${STORAGE}.481.2`;

const within = (uid: string, root: string): boolean => uid === root || uid.startsWith(`${root}.`);

/** Secondary captures of one or of many frames. */
export const isSecondaryCapture = (uid: string): boolean => within(uid, `${STORAGE}.7`);

/** CT Image, Enhanced CT, Legacy Converted CT: rescaled values are Hounsfield units unless the file says otherwise. */
export const isCtImage = (uid: string): boolean => within(uid, `${STORAGE}.2`);

/** What a file without pixels is, in DICOM's words: its storage class, else its modality. */
export function sopClassName(data: Dataset): string {
  const uid = data.text(SopClassUid);
  const name = NAMES.find(([prefix]) => within(uid, prefix))?.[1];
  return (name ?? data.text(Modality)) || uid || 'DICOM';
}
