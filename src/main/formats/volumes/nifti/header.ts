import type { VoxelType } from '@shared/domain';
import { VolumeProblem } from '../problem';

/** What a NIfTI header says, of either version; nothing of it is judged but its own shape. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly bigEndian: boolean;
  /** One file for header and voxels (`n+1`), not a pair (`ni1`). */
  readonly single: boolean;
  /** Voxels along each of its axes: 1 to 7 of them. */
  readonly dims: readonly number[];
  readonly type: VoxelType;
  readonly components: 1 | 3;
  /** pixdim[0] … pixdim[7]. */
  readonly pixdim: readonly number[];
  /** Where voxels begin, in their file (inflated). */
  readonly offset: number;
  readonly slope: number;
  readonly intercept: number;
  /** xyzt_units. */
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  /** quatern_b, c, d and qoffset_x, y, z. */
  readonly quaternion: readonly number[];
  readonly qOffset: readonly number[];
  /** Rows of the sform, 3 × 4. */
  readonly sform: readonly number[];
}

/** Types by NIfTI's codes; names of those that are not read serve the refusal. */
const TYPES: Readonly<Record<number, VoxelType>> = {
  2: 'uint8',
  4: 'int16',
  8: 'int32',
  16: 'float32',
  64: 'float64',
  128: 'uint8',
  256: 'int8',
  512: 'uint16',
  768: 'uint32',
  1024: 'int64',
  1280: 'uint64',
};
const NOT_READ: Readonly<Record<number, string>> = {
  0: 'unknown',
  1: 'bits',
  32: 'complex64',
  1536: 'float128',
  1792: 'complex128',
  2048: 'complex256',
  2304: 'RGBA',
};
const RGB = 128;

/** Bytes of either version's header with its extension flag. */
export const NIFTI_HEADER_BYTES = 544;
const BYTES = { 1: 348, 2: 540 } as const;

/** Which kind of NIfTI a file's (inflated) beginning is; null for anything else. Analyze, without a magic, is none. */
export function niftiVersion(head: Buffer): { version: 1 | 2; bigEndian: boolean; single: boolean } | null {
  const magic = (at: number): string => head.toString('latin1', at, at + 3);
  if (head.length >= BYTES[1] && /^n[+i]1$/.test(magic(344)) && head[347] === 0)
    return { version: 1, bigEndian: head.readInt32LE(0) !== BYTES[1], single: magic(344) === 'n+1' };
  if (head.length >= BYTES[2] && /^n[+i]2$/.test(magic(4)) && head[7] === 0)
    return { version: 2, bigEndian: head.readInt32LE(0) !== BYTES[2], single: magic(4) === 'n+2' };
  return null;
}

/** ANALYZE 7.5, NIfTI's ancestor: the same length and no magic. */
export const isAnalyze = (head: Buffer): boolean =>
  head.length >= BYTES[1] && (head.readInt32LE(0) === BYTES[1] || head.readInt32BE(0) === BYTES[1]);

/** @throws VolumeProblem where a field is beyond use */
export function parseNifti(file: string, head: Buffer): NiftiHeader {
  const kind = niftiVersion(head);
  if (!kind) throw new VolumeProblem(file, 'unknown-format');
  const read = kind.version === 1 ? fields1(head, kind.bigEndian) : fields2(head, kind.bigEndian);
  if (read.headerBytes !== BYTES[kind.version])
    throw new VolumeProblem(file, 'header-damaged', { detail: `it says that it has ${read.headerBytes} bytes` });
  const [axes = 0, ...dims] = read.dim;
  if (!Number.isInteger(axes) || axes < 1 || axes > 7)
    throw new VolumeProblem(file, 'dimensions', { dimensions: axes });
  const type = TYPES[read.datatype];
  if (!type)
    throw new VolumeProblem(file, 'type-unsupported', { type: NOT_READ[read.datatype] ?? `code ${read.datatype}` });
  const { offset } = read;
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new VolumeProblem(file, 'header-impossible', { detail: `voxels from byte ${offset}` });
  const least = kind.single ? BYTES[kind.version] + 4 : 0;
  // 0 stands for "right behind the header" in files of some writers.
  if (offset !== 0 && offset < least)
    throw new VolumeProblem(file, 'header-impossible', { detail: `voxels from byte ${offset}, inside the header` });
  const scaling = scalingOf(file, read.slope, read.intercept);
  return {
    ...kind,
    ...read,
    ...(read.datatype === RGB ? { slope: 1, intercept: 0 } : scaling),
    dims: dims.slice(0, axes),
    type,
    components: read.datatype === RGB ? 3 : 1,
    offset: Math.max(offset, least),
  };
}

/** A slope of 0, and one that is no number, mean "not scaled" (nifti1.h). */
function scalingOf(file: string, slope: number, intercept: number): { slope: number; intercept: number } {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(intercept))
    throw new VolumeProblem(file, 'header-impossible', { detail: `values are scaled by ${slope} and ${intercept}` });
  return { slope, intercept };
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** nifti1.h */
function fields1(b: Buffer, bigEndian: boolean) {
  const short = (at: number): number => (bigEndian ? b.readInt16BE(at) : b.readInt16LE(at));
  const float = (at: number): number => (bigEndian ? b.readFloatBE(at) : b.readFloatLE(at));
  return {
    headerBytes: bigEndian ? b.readInt32BE(0) : b.readInt32LE(0),
    dim: times(8, (i) => short(40 + 2 * i)),
    datatype: short(70),
    pixdim: times(8, (i) => float(76 + 4 * i)),
    offset: float(108),
    slope: float(112),
    intercept: float(116),
    units: b[123]!,
    qformCode: short(252),
    sformCode: short(254),
    quaternion: times(3, (i) => float(256 + 4 * i)),
    qOffset: times(3, (i) => float(268 + 4 * i)),
    sform: times(12, (i) => float(280 + 4 * i)),
  };
}

/** nifti2.h */
function fields2(b: Buffer, bigEndian: boolean) {
  const short = (at: number): number => (bigEndian ? b.readInt16BE(at) : b.readInt16LE(at));
  const int = (at: number): number => (bigEndian ? b.readInt32BE(at) : b.readInt32LE(at));
  const long = (at: number): number => Number(bigEndian ? b.readBigInt64BE(at) : b.readBigInt64LE(at));
  const double = (at: number): number => (bigEndian ? b.readDoubleBE(at) : b.readDoubleLE(at));
  return {
    headerBytes: int(0),
    dim: times(8, (i) => long(16 + 8 * i)),
    datatype: short(12),
    pixdim: times(8, (i) => double(104 + 8 * i)),
    offset: long(168),
    slope: double(176),
    intercept: double(184),
    units: int(500),
    qformCode: int(344),
    sformCode: int(348),
    quaternion: times(3, (i) => double(352 + 8 * i)),
    qOffset: times(3, (i) => double(376 + 8 * i)),
    sform: times(12, (i) => double(400 + 8 * i)),
  };
}
