import type { VoxelType } from '@shared/domain';
import { patternNames } from '../pattern';
import { VolumeProblem } from '../problem';

export type Encoding = 'raw' | 'gzip' | 'text';

/** What an NRRD header says (teem.sourceforge.net/nrrd/format.html), still in the file's own space. */
export interface NrrdHeader {
  /** Bytes of the header; in an attached file voxels follow. */
  readonly bytes: number;
  readonly type: VoxelType;
  readonly sizes: readonly number[];
  readonly encoding: Encoding;
  readonly bigEndian: boolean;
  readonly space: string | null;
  /** One an axis; null for axes that are not in space. */
  readonly directions: readonly (readonly number[] | null)[] | null;
  readonly origin: readonly number[] | null;
  /** One an axis, NaN where unknown. */
  readonly spacings: readonly number[] | null;
  readonly thicknesses: readonly number[] | null;
  readonly kinds: readonly string[] | null;
  /** Of the axes of space. */
  readonly spaceUnits: readonly string[] | null;
  readonly units: readonly string[] | null;
  readonly sampleUnits: string | null;
  readonly lineSkip: number;
  /** -1: the voxels are the last bytes of the file. */
  readonly byteSkip: number;
  readonly data: DataFiles | null;
}

/** Detached voxels: named files, or a pattern of printf over numbers; each holds `dimensions` axes. */
export interface DataFiles {
  readonly names: readonly string[];
  readonly dimensions: number | null;
}

const TYPES: Readonly<Record<string, VoxelType>> = {
  'signed char': 'int8',
  int8: 'int8',
  int8_t: 'int8',
  uchar: 'uint8',
  'unsigned char': 'uint8',
  uint8: 'uint8',
  uint8_t: 'uint8',
  short: 'int16',
  'short int': 'int16',
  'signed short': 'int16',
  'signed short int': 'int16',
  int16: 'int16',
  int16_t: 'int16',
  ushort: 'uint16',
  'unsigned short': 'uint16',
  'unsigned short int': 'uint16',
  uint16: 'uint16',
  uint16_t: 'uint16',
  int: 'int32',
  'signed int': 'int32',
  int32: 'int32',
  int32_t: 'int32',
  uint: 'uint32',
  'unsigned int': 'uint32',
  uint32: 'uint32',
  uint32_t: 'uint32',
  longlong: 'int64',
  'long long': 'int64',
  'long long int': 'int64',
  'signed long long': 'int64',
  'signed long long int': 'int64',
  int64: 'int64',
  int64_t: 'int64',
  ulonglong: 'uint64',
  'unsigned long long': 'uint64',
  'unsigned long long int': 'uint64',
  uint64: 'uint64',
  uint64_t: 'uint64',
  float: 'float32',
  double: 'float64',
};
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  raw: 'raw',
  gz: 'gzip',
  gzip: 'gzip',
  txt: 'text',
  text: 'text',
  ascii: 'text',
};
export const MOST_NRRD_HEADER = 1024 * 1024;

export const isNrrd = (head: Buffer): boolean => /^NRRD000[1-5]\r?\n/.test(head.toString('latin1', 0, 12));

/**
 * Reads the header; key/value pairs of the user's own (`key:=value`) are left alone.
 * @param head the file's beginning, up to `MOST_NRRD_HEADER` bytes
 * @throws VolumeProblem
 */
export function parseNrrd(file: string, head: Buffer): NrrdHeader {
  const damaged = (detail: string): VolumeProblem => new VolumeProblem(file, 'header-damaged', { detail });
  const { lines, bytes, ended } = linesOf(head);
  const fields = new Map<string, string>();
  let listed: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (i === 0 || line.startsWith('#') || /^[^:]*:=/.test(line)) continue;
    const colon = line.indexOf(': ') >= 0 ? line.indexOf(': ') : line.endsWith(':') ? line.length - 1 : -1;
    if (colon < 0) throw damaged(`the line "${line.slice(0, 60)}" is no field`);
    const key = line.slice(0, colon).trim().toLowerCase().replace(/ /g, '');
    if (fields.has(key)) throw damaged(`"${line.slice(0, colon)}" is there twice`);
    fields.set(key, line.slice(colon + 1).trim());
    if (key === 'datafile' && /^LIST\b/.test(fields.get(key)!)) {
      listed = lines.slice(i + 1).filter((name) => name.trim() !== '');
      break;
    }
  }
  const need = (key: string): string => {
    const value = fields.get(key);
    if (value === undefined) throw damaged(ended ? `"${key}" is missing` : 'it does not end');
    return value;
  };
  const dimension = Number(need('dimension'));
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > 16)
    throw damaged(`dimension ${fields.get('dimension')}`);
  const perAxis = <T>(key: string, values: readonly T[] | null): readonly T[] | null => {
    if (values && values.length !== dimension)
      throw damaged(`"${key}" has ${values.length} entries for ${dimension} axes`);
    return values;
  };
  const numbers = (key: string): number[] | null => fields.get(key)?.split(/\s+/).map(numberOf) ?? null;
  const typeName = need('type').toLowerCase();
  const type = TYPES[typeName];
  if (!type) throw new VolumeProblem(file, 'type-unsupported', { type: typeName });
  const encodingName = need('encoding').toLowerCase();
  const encoding = ENCODINGS[encodingName];
  if (!encoding) throw new VolumeProblem(file, 'encoding-unsupported', { encoding: encodingName });
  const sizes = perAxis('sizes', need('sizes').split(/\s+/).map(Number))!;
  const endian = fields.get('endian')?.toLowerCase();
  const wide = !/8$/.test(type);
  if (wide && encoding !== 'text' && endian !== 'little' && endian !== 'big')
    throw damaged(endian === undefined ? '"endian" is missing' : `endian "${endian}"`);
  const vectors = fields.get('spacedirections');
  const origin = fields.get('spaceorigin');
  const text = fields.get('datafile');
  if (text === undefined && !ended) throw damaged('it does not end');
  return {
    bytes,
    type,
    sizes,
    encoding,
    bigEndian: endian === 'big',
    space: fields.get('space')?.toLowerCase() ?? null,
    directions: perAxis('space directions', vectors === undefined ? null : vectorsOf(vectors, damaged)),
    origin: origin === undefined ? null : (vectorsOf(origin, damaged)[0] ?? null),
    spacings: perAxis('spacings', numbers('spacings')),
    thicknesses: perAxis('thicknesses', numbers('thicknesses')),
    kinds: perAxis('kinds', fields.get('kinds')?.toLowerCase().split(/\s+/) ?? null),
    spaceUnits: fields.has('spaceunits') ? quoted(fields.get('spaceunits')!) : null,
    units: fields.has('units') ? quoted(fields.get('units')!) : null,
    sampleUnits: fields.get('sampleunits')?.replace(/^"|"$/g, '') ?? null,
    lineSkip: wholeOf(fields.get('lineskip') ?? '0', damaged),
    byteSkip: wholeOf(fields.get('byteskip') ?? '0', damaged),
    data: text === undefined ? null : dataFiles(file, text, listed, damaged),
  };
}

/** Lines up to the first empty one, which ends the header of an attached file. */
function linesOf(head: Buffer): { lines: string[]; bytes: number; ended: boolean } {
  const lines: string[] = [];
  let at = 0;
  while (at < head.length) {
    const end = head.indexOf(10, at);
    const line = head.toString('utf8', at, end < 0 ? head.length : end).replace(/\r$/, '');
    at = end < 0 ? head.length : end + 1;
    if (line === '') return { lines, bytes: at, ended: true };
    lines.push(line);
    if (end < 0) break;
  }
  return { lines, bytes: at, ended: false };
}

const numberOf = (text: string): number => (/^[+-]?(inf|nan)/i.test(text) ? NaN : Number(text));

function wholeOf(text: string, damaged: (detail: string) => Error): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < -1) throw damaged(`"${text}" bytes or lines to skip`);
  return value;
}

/** `(1,0,0) none (0,1,0)` */
function vectorsOf(text: string, damaged: (detail: string) => Error): (number[] | null)[] {
  return [...text.matchAll(/\(([^)]*)\)|(\S+)/g)].map(([whole, inside]) => {
    if (inside === undefined) {
      if (whole.toLowerCase() !== 'none') throw damaged(`"${whole.slice(0, 40)}" is no direction`);
      return null;
    }
    const numbers = inside.split(',').map((part) => numberOf(part.trim()));
    // Some writers say (nan,nan,nan) for an axis that is not in space.
    return numbers.every(Number.isNaN) ? null : numbers;
  });
}

const quoted = (text: string): string[] => [...text.matchAll(/"([^"]*)"/g)].map(([, inside]) => inside!);

/** `name`, `LIST [dimensions]` with a name a line, or `format first last step [dimensions]`. */
function dataFiles(file: string, text: string, listed: string[], damaged: (detail: string) => Error): DataFiles {
  const list = /^LIST(?:\s+(\d+))?$/.exec(text);
  if (list) return { names: listed, dimensions: list[1] === undefined ? null : Number(list[1]) };
  const pattern = /^(.*%(0?\d*)d\S*)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)(?:\s+(\d+))?$/.exec(text);
  if (!pattern) return { names: [text], dimensions: null };
  const [, format = '', width = '', first, last, step, dimensions] = pattern;
  const names = patternNames(format, width, Number(first), Number(last), Number(step));
  if (!names) throw damaged(`"${text.slice(0, 60)}" names no files`);
  return { names, dimensions: dimensions === undefined ? null : Number(dimensions) };
}
