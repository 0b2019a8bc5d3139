import { HeaderDamage } from './damage';
import { readPalette, type Palette } from './colour';
import type { Dataset } from './dataset';
import type { DicomHeader } from './file';
import { frameExtents, type Extent } from './fragments';
import { readFrames, type Frame } from './frame';
import { pixelFormat, type PixelFormat } from './image';
import { readMosaic, tileFrames, type Mosaic } from './mosaic';
import { overlayGroups } from './overlayGroups';
import type { Lut } from './pixels';
import { readSegments, type Segment } from './segments';
import { isCtImage, isSecondaryCapture, RT_DOSE } from './sopClasses';
import { suvFactor } from './suv';
import * as tags from './tags';
import type { VolumeSubject } from '@shared/domain';
import type { FileHandle } from 'node:fs/promises';

/** One file with pictures: what all of its frames share. */
export interface PictureFile {
  readonly path: string;
  /** Size and time of change: what a listing said holds as long as they stay. */
  readonly state: string;
  readonly syntax: string;
  readonly format: PixelFormat;
  /** Where each frame's bytes are. */
  readonly extents: readonly Extent[];
  /** Values go through a palette or a modality LUT, which are read again with the pixels. */
  readonly mapped: 'palette' | 'lut' | undefined;
  readonly mosaic: Mosaic | undefined;
  readonly study: { readonly uid: string; readonly description: string; readonly date: string };
  readonly series: { readonly uid: string; readonly description: string; readonly number: number | null };
  readonly subject: VolumeSubject;
  readonly instanceUid: string;
  readonly frameOfReference: string;
  readonly modality: string;
  readonly unit: string | null;
  /** PET: SUV of one unit, where the header allows it. */
  readonly suvFactor: number | undefined;
  readonly padding: { readonly from: number; readonly to: number } | undefined;
  /** Of a binary segmentation. */
  readonly segments: readonly Segment[] | undefined;
  readonly flags: Flags;
}

/** What a reader of the picture must be told. */
export interface Flags {
  readonly localiser: boolean;
  readonly secondaryCapture: boolean;
  readonly doseReport: boolean;
  readonly derived: boolean;
  /** Compressed with loss, now or before; the ratio as stated, else "". */
  readonly lossy: string | undefined;
  readonly burnedIn: 'yes' | 'likely' | undefined;
  readonly voiLut: boolean;
  readonly overlays: number;
  readonly bare: boolean;
  readonly guessed: string | undefined;
  /** What of a damaged header was told in another way. */
  readonly repaired: string | undefined;
}

/** A frame with its file. */
export interface Slice extends Frame {
  readonly source: PictureFile;
}

/** Modalities whose pictures often carry names and dates in their pixels. */
const OFTEN_BURNED_IN = ['US', 'SC', 'OT', 'ES', 'XC', 'IVUS', 'GM', 'ECG'];

/**
 * All slices of one file: its frames, or the tiles of a mosaic. Nothing of its pixels is read.
 * @throws VolumeProblem, HeaderDamage
 */
export async function readSlices(handle: FileHandle, header: DicomHeader): Promise<Slice[]> {
  const { data, pixels } = header;
  const format = pixelFormat(header);
  if (!pixels) return [];
  const extents = await frameExtents(handle, { ...header, pixels }, format);
  const frames = readFrames(header, format);
  const { size, mtimeMs } = await handle.stat();
  const found = format.frames === 1 ? readMosaic(data) : undefined;
  const tiles = found && fits(found, format) ? tileFrames(frames[0]!, found, format.rows, format.columns) : [];
  const mosaic = tiles.length > 0 ? found : undefined;
  const source: PictureFile = {
    path: header.path,
    state: `${size}-${mtimeMs}`,
    syntax: header.syntax.uid,
    format,
    extents,
    mapped: mappingOf(data, format),
    mosaic,
    study: {
      uid: data.text(tags.StudyUid),
      description: data.text(tags.StudyDescription),
      date: data.text(tags.StudyDate),
    },
    series: {
      uid: data.text(tags.SeriesUid),
      description: data.text(tags.SeriesDescription) || data.text(tags.ProtocolName),
      number: data.number(tags.SeriesNumber) ?? null,
    },
    subject: subjectOf(data),
    instanceUid: data.text(tags.SopInstanceUid),
    frameOfReference: data.text(tags.FrameOfReference),
    modality: data.text(tags.Modality),
    unit: unitOf(data, frames[0]),
    suvFactor: suvFactor(data),
    padding: paddingOf(data, format),
    segments: readSegments(data),
    flags: flagsOf(header),
  };
  return (mosaic ? tiles : frames).map((frame) => ({ ...frame, source }));
}

const subjectOf = (data: Dataset): VolumeSubject => ({
  patientId: data.text(tags.PatientId),
  issuer: data.text(tags.IssuerOfPatientId),
  name: data.text(tags.PatientName),
  birthDate: data.text(tags.PatientBirthDate),
  sex: data.text(tags.PatientSex),
  age: data.text(tags.PatientAge),
  size: data.text(tags.PatientSize),
  weight: data.text(tags.PatientWeight),
  accession: data.text(tags.AccessionNumber),
  studyTime: data.text(tags.StudyTime),
  bodyPart: data.text(tags.BodyPart),
  manufacturer: data.text(tags.Manufacturer),
  model: data.text(tags.ManufacturerModel),
  fieldStrength: data.text(tags.FieldStrength),
  protocol: data.text(tags.ProtocolName),
});

function mappingOf(data: Dataset, { photometric, kind }: PixelFormat): PictureFile['mapped'] {
  if (photometric === 'PALETTE COLOR') return 'palette';
  return kind === 'integer' && data.items(tags.ModalityLutSequence).length > 0 ? 'lut' : undefined;
}

const fits = ({ across }: Mosaic, { rows, columns }: PixelFormat): boolean =>
  rows % across === 0 && columns % across === 0;

/** The palette or modality LUT that a file's values go through. @throws HeaderDamage */
export function readMapping(
  { data }: DicomHeader,
  { mapped, format }: Pick<PictureFile, 'mapped' | 'format'>,
): {
  readonly palette?: Palette;
  readonly lut?: Lut;
} {
  if (mapped === 'palette') return { palette: readPalette(data, format.signed) };
  const sequence = mapped === 'lut' ? data.item(tags.ModalityLutSequence) : undefined;
  return sequence ? { lut: readLut(sequence, format.signed) } : {};
}

function readLut(item: Dataset, signed: boolean): Lut {
  const [count, first] = item.numbers(tags.LutDescriptor, signed ? 'SS' : 'US');
  const values = item.numbers(tags.LutData, 'US');
  const wanted = (count ?? 0) & 0xffff || 65536;
  if (first === undefined || values.length < wanted)
    throw new HeaderDamage(`its modality table has ${values.length} of ${wanted} entries`);
  return { first, values: values.slice(0, wanted) };
}

/** The unit of values after rescale, as far as the file says. */
function unitOf(data: Dataset, frame: Frame | undefined): string | null {
  const lutType = data.item(tags.ModalityLutSequence)?.text(tags.ModalityLutType);
  const stated = lutType ?? frame?.unit;
  if (stated === 'HU') return 'HU';
  if (stated && stated !== 'US' && stated !== 'NORMALIZED') return stated;
  const sopClass = data.text(tags.SopClassUid);
  if (sopClass === RT_DOSE) return data.text(tags.DoseUnits) === 'GY' ? 'Gy' : '%';
  // A CT image that is rescaled and names no type is in Hounsfield units (PS3.3, C.8.2.1.1.3).
  if (stated === undefined && isCtImage(sopClass) && data.has(tags.RescaleSlope) && data.has(tags.RescaleIntercept))
    return 'HU';
  const pet = data.text(tags.PetUnits);
  return pet === 'BQML'
    ? 'Bq/ml'
    : pet === 'GML'
      ? 'g/ml'
      : pet === 'CNTS'
        ? 'counts'
        : pet === 'CPS'
          ? 'counts/s'
          : null;
}

/** Stored values that mark what is outside of the picture. */
function paddingOf(data: Dataset, { signed, bitsStored, samples }: PixelFormat): PictureFile['padding'] {
  const vr = signed ? 'SS' : 'US';
  const value = data.numbers(tags.PixelPadding, vr)[0];
  if (value === undefined || samples !== 1) return undefined;
  // Written under the other sign by some: the same bits, read as the pixels are.
  const asStored = (v: number): number => {
    const bits = v & 0xffff;
    return signed ? (bits << 16) >> 16 : v < 0 ? bits & (2 ** Math.min(bitsStored, 16) - 1) : v;
  };
  const limit = data.numbers(tags.PixelPaddingLimit, vr)[0] ?? value;
  const ends = [asStored(value), asStored(limit)];
  return { from: Math.min(...ends), to: Math.max(...ends) };
}

function flagsOf({ data, syntax, bare, guessed, oddities }: DicomHeader): Flags {
  const sopClass = data.text(tags.SopClassUid);
  const imageType = data.texts(tags.ImageType).map((part) => part.toUpperCase());
  const secondaryCapture = isSecondaryCapture(sopClass);
  const burnedIn = data.text(tags.BurnedIn);
  const named = `${data.text(tags.SeriesDescription)} ${data.text(tags.ProtocolName)}`;
  return {
    localiser: imageType.some((part) => part === 'LOCALIZER' || part === 'SCOUT' || part === 'TOPOGRAM'),
    secondaryCapture,
    doseReport: /dose (report|info|summary)|patient protocol/i.test(named) || imageType.includes('DOSE_INFO'),
    derived: imageType[0] === 'DERIVED' || imageType[1] === 'SECONDARY',
    lossy: data.text(tags.LossyCompression) === '01' || !syntax.lossless ? data.text(tags.LossyRatio) : undefined,
    burnedIn:
      burnedIn === 'YES'
        ? 'yes'
        : burnedIn !== 'NO' && (secondaryCapture || OFTEN_BURNED_IN.includes(data.text(tags.Modality)))
          ? 'likely'
          : undefined,
    voiLut: data.items(tags.VoiLutSequence).length > 0,
    overlays: overlayGroups(data).length,
    bare,
    guessed: guessed ? syntax.name : undefined,
    repaired: oddities.length > 0 ? oddities.slice(0, 3).join(', ') : undefined,
  };
}
