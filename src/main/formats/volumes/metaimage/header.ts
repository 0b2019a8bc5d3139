import type { VoxelType } from '@shared/domain';
import { patternNames } from '../pattern';
import { VolumeProblem } from '../problem';

/** What a MetaImage header says (ITK's MetaIO, metaImage.cxx), in LPS as ITK takes it. */
export interface MetaImageHeader {
  /** Bytes of the header; LOCAL voxels follow. */
  readonly bytes: number;
  readonly type: VoxelType;
  readonly sizes: readonly number[];
  readonly channels: number;
  readonly encoding: 'raw' | 'zlib' | 'text';
  readonly bigEndian: boolean;
  readonly spacing: readonly number[] | null;
  readonly offset: readonly number[] | null;
  /** N × N; each row is the direction of an axis. */
  readonly matrix: readonly number[] | null;
  readonly modality: string | null;
  /** Bytes before the voxels in a detached file; -1: they are its last bytes. */
  readonly skip: number;
  readonly data: { readonly kind: 'local' } | { readonly kind: 'files'; readonly names: readonly string[] };
}

/** Sizes as MET_ValueTypeSize has them: MET_LONG is of four bytes. */
const TYPES: Readonly<Record<string, VoxelType>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};
const MODALITIES: Readonly<Record<string, string>> = {
  MET_MOD_CT: 'CT',
  MET_MOD_MR: 'MR',
  MET_MOD_NM: 'NM',
  MET_MOD_US: 'US',
};
export const MOST_METAIMAGE_HEADER = 1024 * 1024;
const MOST_FILES = 20_000;

/** Text whose first lines are `Key = value`, with a key that only MetaImage has. */
export function isMetaImage(head: Buffer): boolean {
  const text = head.toString('latin1', 0, 4096);
  return /^\s*[A-Za-z]\w*\s*=/.test(text) && /^\s*NDims\s*=\s*\d/m.test(text);
}

/** @throws VolumeProblem */
export function parseMetaImage(file: string, head: Buffer): MetaImageHeader {
  const damaged = (detail: string): VolumeProblem => new VolumeProblem(file, 'header-damaged', { detail });
  const { fields, bytes, rest } = fieldsOf(head, damaged);
  const field = (...names: string[]): string | undefined => names.map((name) => fields.get(name)).find(Boolean);
  const numbers = (count: number, ...names: string[]): number[] | null => {
    const text = field(...names);
    if (text === undefined) return null;
    const values = text.split(/\s+/).map(Number);
    if (values.length !== count || !values.every(Number.isFinite)) throw damaged(`${names[0]} = ${text.slice(0, 60)}`);
    return values;
  };
  const kind = field('ObjectType') ?? 'Image';
  if (kind.toLowerCase() !== 'image') throw new VolumeProblem(file, 'no-image', { what: kind });
  const axes = Number(field('NDims'));
  if (!Number.isInteger(axes) || axes < 1 || axes > 10) throw damaged(`NDims = ${field('NDims')}`);
  const typeName = (field('ElementType') ?? '').toUpperCase().replace(/_ARRAY$/, '');
  const type = TYPES[typeName];
  if (!type) throw new VolumeProblem(file, 'type-unsupported', { type: typeName || 'unknown' });
  const sizes = numbers(axes, 'DimSize');
  if (!sizes) throw damaged('"DimSize" is missing');
  const channels = Number(field('ElementNumberOfChannels') ?? '1');
  if (!Number.isInteger(channels) || channels < 1) throw damaged(`ElementNumberOfChannels = ${channels}`);
  const skip = Number(field('HeaderSize') ?? '0');
  if (!Number.isSafeInteger(skip) || skip < -1) throw damaged(`HeaderSize = ${skip}`);
  const binary = isTrue(field('BinaryData') ?? 'True');
  const packed = isTrue(field('CompressedData') ?? 'False');
  if (skip === -1 && (packed || !binary)) throw damaged('HeaderSize = -1 of voxels that are not plain');
  return {
    bytes,
    type,
    sizes,
    channels,
    encoding: binary ? (packed ? 'zlib' : 'raw') : 'text',
    bigEndian: isTrue(field('BinaryDataByteOrderMSB', 'ElementByteOrderMSB') ?? 'False'),
    spacing: numbers(axes, 'ElementSpacing') ?? numbers(axes, 'ElementSize'),
    offset: numbers(axes, 'Offset', 'Position', 'Origin'),
    matrix: numbers(axes * axes, 'TransformMatrix', 'Rotation', 'Orientation'),
    modality: MODALITIES[field('Modality') ?? ''] ?? null,
    skip,
    data: dataOf(field('ElementDataFile')!, rest, sizes.at(-1)!, damaged),
  };
}

/** `ElementDataFile` is the last field; of a list the names follow it. */
function fieldsOf(
  head: Buffer,
  damaged: (detail: string) => Error,
): { fields: Map<string, string>; bytes: number; rest: string } {
  const fields = new Map<string, string>();
  for (let at = 0; at < head.length;) {
    const end = head.indexOf(10, at);
    const line = head.toString('utf8', at, end < 0 ? head.length : end).trim();
    at = end < 0 ? head.length : end + 1;
    if (line === '') continue;
    const equals = line.indexOf('=');
    if (equals < 1) throw damaged(`the line "${line.slice(0, 60)}" is no field`);
    const key = line.slice(0, equals).trim();
    fields.set(key, line.slice(equals + 1).trim());
    if (key === 'ElementDataFile')
      return { fields, bytes: at, rest: fields.get(key)!.startsWith('LIST') ? head.toString('utf8', at) : '' };
  }
  throw damaged('"ElementDataFile" is missing');
}

const isTrue = (text: string): boolean => /^(t|1|y)/i.test(text);

/** `LOCAL`, `LIST [axes]`, `name%03d.raw first last step`, or a name. */
function dataOf(
  text: string,
  rest: string,
  slices: number,
  damaged: (detail: string) => Error,
): MetaImageHeader['data'] {
  if (/^local$/i.test(text)) return { kind: 'local' };
  if (/^LIST\b/.test(text)) {
    const names = rest
      .split(/\r?\n/)
      .map((name) => name.trim())
      .filter((name) => name !== '');
    if (names.length === 0 || names.length > MOST_FILES) throw damaged(`a list of ${names.length} files`);
    return { kind: 'files', names };
  }
  const pattern = /^(\S*%(0?\d*)d\S*)(?:\s+(-?\d+))?(?:\s+(-?\d+))?(?:\s+(-?\d+))?$/.exec(text);
  if (!pattern) return { kind: 'files', names: [text] };
  const [, format = '', width = '', first = '1', last = String(slices), step = '1'] = pattern;
  const names = patternNames(format, width, Number(first), Number(last), Number(step));
  if (!names) throw damaged(`"${text.slice(0, 60)}" names no files`);
  return { kind: 'files', names };
}
