import type { VoxelType } from '@shared/domain';
import { VolumeProblem } from '../problem';
import { HeaderDamage } from './damage';
import type { DicomHeader } from './file';
import { DOUBLE_PIXELS, FLOAT_PIXELS } from './tags';
import * as tags from './tags';
import { sopClassName } from './sopClasses';

/** How the samples of one file's frames are stored (PS3.3, C.7.6.3). */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  /** In the file: 1, 3, or 1 with a palette. */
  readonly samples: 1 | 3;
  readonly photometric: string;
  /** Plane after plane instead of pixel after pixel. */
  readonly planar: boolean;
  readonly kind: 'integer' | 'float' | 'double';
  readonly bitsAllocated: 1 | 8 | 16 | 32 | 64;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Chrominance at half of the columns, in native encodings. */
  readonly halved: boolean;
  /** Big-endian files: samples of 8 bits, two in a word (VR OW; PS3.5, A.3). */
  readonly words: boolean;
}

/** Voxels of one frame beyond this are refused before anything is allocated. */
const MAX_FRAME = 2 ** 28;
const MAX_FRAMES = 100_000;
const COLOURS = ['RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_RCT', 'YBR_ICT'];
const GREYS = ['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR'];

/** @throws VolumeProblem, HeaderDamage where the header does not describe pixels that can be read */
export function pixelFormat(header: DicomHeader): PixelFormat {
  const { data, path, pixels, guessed } = header;
  const rows = data.count(tags.Rows, 1, 65535);
  const columns = data.count(tags.Columns, 1, 65535);
  if (!pixels) throw new VolumeProblem(path, 'no-image', { what: sopClassName(data) });
  if (rows === undefined || columns === undefined) {
    if (guessed) throw new VolumeProblem(path, 'no-transfer-syntax');
    throw new HeaderDamage('it does not say how many rows and columns it has');
  }
  const samples = data.count(tags.SamplesPerPixel, 1, 4) ?? 1;
  const photometric = data.text(tags.PhotometricInterpretation) || 'MONOCHROME2';
  const frames = data.count(tags.NumberOfFrames, 1, MAX_FRAMES) ?? 1;
  const kind = pixels.id === FLOAT_PIXELS ? 'float' : pixels.id === DOUBLE_PIXELS ? 'double' : 'integer';
  const allocated = kind === 'float' ? 32 : kind === 'double' ? 64 : data.count(tags.BitsAllocated, 1, 64);
  const bitsAllocated = ([1, 8, 16, 32, 64] as const).find((bits) => bits === allocated);
  if (bitsAllocated === undefined || (bitsAllocated === 64 && kind === 'integer'))
    throw new VolumeProblem(path, 'type-unsupported', { type: `${allocated ?? '?'} bit` });
  if (!(samples === 1 ? GREYS : COLOURS).includes(photometric) || samples === 2 || samples === 4)
    throw new VolumeProblem(path, 'type-unsupported', { type: `${photometric} × ${samples}` });
  if (samples === 3 && bitsAllocated !== 8 && bitsAllocated !== 16)
    throw new VolumeProblem(path, 'type-unsupported', { type: `${photometric}, ${bitsAllocated} bit` });
  const bitsStored =
    kind === 'integer' ? (data.count(tags.BitsStored, 1, bitsAllocated) ?? bitsAllocated) : bitsAllocated;
  const highBit = data.count(tags.HighBit, bitsStored - 1, bitsAllocated - 1) ?? bitsStored - 1;
  if (rows * columns * samples > MAX_FRAME)
    throw new VolumeProblem(path, 'too-large', { bytes: rows * columns * samples, limit: MAX_FRAME });
  return {
    rows,
    columns,
    frames,
    samples: samples === 3 ? 3 : 1,
    photometric,
    planar: samples === 3 && data.count(tags.PlanarConfiguration, 0, 1) === 1,
    kind,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: kind === 'integer' && data.count(tags.PixelRepresentation, 0, 1) === 1,
    halved: photometric === 'YBR_FULL_422' && header.syntax.packing === 'native',
    words: bitsAllocated === 8 && pixels.vr === 'OW',
  };
}

/** Bits of one frame in a native encoding. */
export function frameBits({ rows, columns, samples, bitsAllocated, halved }: PixelFormat): number {
  return rows * columns * (halved ? 2 : samples) * bitsAllocated;
}

/** The type that a frame's values have once they are unpacked, before rescale. */
export function voxelType({ kind, bitsAllocated, signed }: PixelFormat): VoxelType {
  if (kind === 'float') return 'float32';
  if (kind === 'double') return 'float64';
  if (bitsAllocated <= 8) return signed ? 'int8' : 'uint8';
  if (bitsAllocated === 16) return signed ? 'int16' : 'uint16';
  return signed ? 'int32' : 'uint32';
}
