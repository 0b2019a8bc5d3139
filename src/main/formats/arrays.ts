import { UserError } from '@shared/errors';
import { openFile, readFully } from './file';
import { openNpy } from './npy';
import { openNpz } from './npz';
import type { RawArrays } from './raw';
import { fortranToRows, swapBytes, wholeRows } from './rows';
import { DTYPE_BYTES, type ArrayFile, type ArrayMember, type NamedArray } from './types';
import { typedArray } from './typed';

/** A column-ordered array is turned in memory: four times this at most. */
const MAX_FORTRAN_BYTES = 128 * 1024 * 1024;
/** One sample may not be larger: it has to be held in memory. */
const MAX_ROW_BYTES = 512 * 1024 * 1024;
const MAX_WHOLE_BYTES = 1024 * 1024 * 1024;

const opened = new WeakMap<ArrayFile, RawArrays>();

/**
 * Opens a `.npz` or `.npy` (told apart by content) and lists its arrays from their headers alone.
 * @throws UserError `file-missing`, `file-unreadable`, `file-damaged` (truncated, sizes that contradict each other), `file-too-large` (zip bomb)
 */
export async function openArrays(path: string): Promise<ArrayFile> {
  const raw = await openRaw(path);
  const members = [...raw.members.values()].map(({ name, dtype, shape, fortran, dataBytes }): ArrayMember => ({
    name,
    dtype,
    shape,
    fortran,
    bytes: dataBytes,
  }));
  const file: ArrayFile = {
    path,
    members,
    unreadable: raw.unreadable,
    member: (name) => members.find((m) => m.name === name),
    close: () => raw.close(),
  };
  opened.set(file, raw);
  return file;
}

async function openRaw(path: string): Promise<RawArrays> {
  const { handle, size } = await openFile(path);
  let magic: string;
  try {
    magic = (await readFully(handle, path, 0, Math.min(6, size))).toString('latin1');
  } finally {
    await handle.close();
  }
  if (magic.startsWith('PK')) return openNpz(path);
  if (magic === '\x93NUMPY') return openNpy(path);
  throw new UserError(
    size === 0 ? 'file-damaged' : 'file-unsupported',
    size === 0 ? 'it is empty' : 'it is neither a NumPy .npz nor a .npy file',
    { file: path },
  );
}

/**
 * Whole rows (everything but the first axis; a scalar is one row), little-endian, row-major, about a megabyte at a time. Memory stays
 * constant; size and checksum are verified, and an error comes before the last rows. Nothing may be believed until the stream has ended.
 * @throws UserError `file-damaged`, `file-too-large`, `file-unsupported`
 */
export async function* streamArray(file: ArrayFile, name: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const raw = opened.get(file);
  if (!raw) throw new Error('streamArray needs a file of openArrays');
  const member = raw.members.get(name);
  if (!member) throw missing(file, name);
  const { dtype, shape, bigEndian, dataBytes } = member;
  const itemBytes = DTYPE_BYTES[dtype];
  const rows = shape[0] ?? 1;
  const rowBytes = rows === 0 ? 0 : dataBytes / rows;
  if (rowBytes > MAX_ROW_BYTES)
    throw new UserError('file-too-large', `one sample of "${name}" has ${rowBytes} bytes, more than ${MAX_ROW_BYTES}`, {
      file: file.path,
    });
  const columnOrdered = member.fortran && shape.filter((dim) => dim !== 1).length > 1;
  if (columnOrdered && dataBytes > MAX_FORTRAN_BYTES)
    throw new UserError(
      'file-unsupported',
      `"${name}" is stored column by column and larger than ${MAX_FORTRAN_BYTES} bytes: save it with numpy.ascontiguousarray`,
      { file: file.path },
    );
  const stored = columnOrdered
    ? fortranToRows(raw.data(name), shape, itemBytes, dataBytes)
    : wholeRows(raw.data(name), rowBytes, dataBytes);
  for await (const chunk of stored) {
    if (bigEndian) swapBytes(chunk, itemBytes);
    yield chunk;
  }
}

/**
 * One array whole. For labels, references and the like.
 * @param name may be left out where the file holds a single array
 * @throws UserError as `streamArray`; `file-too-large` above 1 GiB
 */
export async function readArray(path: string, name?: string): Promise<NamedArray> {
  const file = await openArrays(path);
  try {
    const only = file.members.length === 1 ? file.members[0]!.name : undefined;
    const wanted = name ?? only;
    if (wanted === undefined)
      throw new UserError('value-invalid', `it holds ${file.members.length} arrays: say which one`, { file: path });
    return await readMember(file, wanted);
  } finally {
    await file.close();
  }
}

/** One array of an open file, whole. @throws UserError as `readArray` */
export async function readMember(file: ArrayFile, name: string): Promise<NamedArray> {
  const member = file.member(name);
  if (!member) throw missing(file, name);
  if (member.bytes > MAX_WHOLE_BYTES)
    throw new UserError('file-too-large', `"${name}" has ${member.bytes} bytes, more than ${MAX_WHOLE_BYTES}`, {
      file: file.path,
    });
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamArray(file, name)) chunks.push(chunk);
  const all = new Uint8Array(member.bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return { dtype: member.dtype, shape: member.shape, data: typedArray(member.dtype, all.buffer) };
}

function missing(file: ArrayFile, name: string): UserError {
  const why = file.unreadable.get(name);
  if (why !== undefined)
    return new UserError('file-unsupported', `the array "${name}" is not read: ${why}`, { file: file.path });
  const have = file.members.map((m) => m.name).slice(0, 12);
  return new UserError('file-unsupported', `it has no array "${name}" (it has ${have.join(', ') || 'none'})`, {
    file: file.path,
  });
}
