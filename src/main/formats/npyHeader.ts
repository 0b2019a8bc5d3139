import { DTYPE_BYTES, type Dtype } from './types';

/** What stands before the data of a `.npy`. */
export interface NpyHeader {
  readonly dtype: Dtype;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Bytes before the data. */
  readonly headerBytes: number;
  readonly dataBytes: number;
}

/** No header is longer; those of NumPy have 128 bytes for plain arrays. */
export const MAX_NPY_HEADER = 64 * 1024;
const MAX_DIMENSIONS = 32;

const CODES: Readonly<Record<string, Dtype>> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** A header that cannot be used; the caller adds the file. `damaged`: not what NumPy writes; else a type that is not read. */
export class NpyHeaderError extends Error {
  constructor(
    message: string,
    readonly damaged: boolean,
  ) {
    super(message);
  }
}

/** Bytes that the whole header has, from its first 12 bytes (fewer are an error). @throws NpyHeaderError */
export function npyHeaderLength(start: Buffer): number {
  if (start.length < 10 || start.toString('latin1', 0, 6) !== '\x93NUMPY')
    throw new NpyHeaderError('it does not begin like a NumPy array', true);
  const version = start[6]!;
  if (version < 1 || version > 3) throw new NpyHeaderError(`NumPy format version ${version} is unknown`, true);
  if (version > 1 && start.length < 12) throw new NpyHeaderError('its NumPy header is cut short', true);
  const length = version === 1 ? 10 + start.readUInt16LE(8) : 12 + start.readUInt32LE(8);
  if (length > MAX_NPY_HEADER) throw new NpyHeaderError(`its NumPy header claims ${length} bytes`, true);
  return length;
}

/**
 * Reads a header (NumPy's npy format 1.0 to 3.0, numpy.lib.format) without evaluating anything.
 * @param header exactly the bytes before the data
 * @throws NpyHeaderError with the reason
 */
export function parseNpyHeader(header: Buffer): NpyHeader {
  const headerBytes = npyHeaderLength(header);
  if (header.length < headerBytes) throw new NpyHeaderError('its NumPy header is cut short', true);
  const text = header.toString('latin1', header[6] === 1 ? 10 : 12, headerBytes);
  const descr = /'descr'\s*:\s*'([^']{1,64})'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dims = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined && /'descr'\s*:\s*\[/.test(text))
    throw new NpyHeaderError('it holds records (a structured NumPy type), not plain numbers', false);
  if (descr === undefined || order === undefined || dims === undefined)
    throw new NpyHeaderError('its NumPy header cannot be read', true);
  const shape = dims
    .split(',')
    .map((dim) => dim.trim().replace(/L$/, ''))
    .filter((dim) => dim !== '')
    .map(Number);
  if (shape.length > MAX_DIMENSIONS || !shape.every(Number.isSafeInteger))
    throw new NpyHeaderError('its NumPy header has an impossible shape', true);
  const match = /^([<>|=])([biufOSUVcmM]\d*)/.exec(descr);
  const dtype = match ? CODES[match[2]!] : undefined;
  if (!match || !dtype) throw new NpyHeaderError(`its values have the type ${unknownType(descr)}, not numbers`, false);
  const dataBytes = shape.reduce((product, dim) => product * dim, DTYPE_BYTES[dtype]);
  if (!Number.isSafeInteger(dataBytes)) throw new NpyHeaderError('its NumPy header has an impossible shape', true);
  return { dtype, bigEndian: match[1] === '>', fortran: order === 'True', shape, headerBytes, dataBytes };
}

function unknownType(descr: string): string {
  if (descr.includes('O')) return '"object" (pickled Python, which is never run)';
  if (/[SU]/.test(descr)) return '"text"';
  if (descr.includes('c')) return '"complex"';
  return JSON.stringify(descr);
}
