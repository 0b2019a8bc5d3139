import { freemem } from 'node:os';
import type { VolumeReader } from '@main/compute';
import type { StoredArray, VolumeEntry } from '@main/formats/volumes';
import { VolumeProblem } from '@main/formats/volumes';
import { unreadable } from '@main/project';
import type { FileVolume, FileVolumes, MaskExported, OpenedVolume, VoxelType } from '@shared/domain';
import { UserError } from '@shared/errors';
import { namesBeside } from './labelNames';
import type { Frame, PixelArray, PixelType } from '@shared/pixels';

/** Slices in one answer: a window asks for the next while these are on their way. */
const MOST_SLICES = 64;
/** Volumes that windows may hold open at a time; beyond that the one opened first is closed. */
const MOST_OPEN = 12;

interface Open {
  readonly entry: VolumeEntry;
  readonly handle: number;
  readonly scaling: Scaling;
  /** The type in which the reader gives its slices. */
  readonly stored: VoxelType;
  /** Of a project's volume. */
  readonly pseudonym: string | undefined;
}
interface Scaling {
  readonly slope: number;
  readonly intercept: number;
}

/** Volumes in files, for windows that look at them: listed by their headers, then sent slice by slice as they are read. */
export class VolumeFiles {
  readonly #reader: VolumeReader;
  readonly #listed = new Map<string, VolumeEntry>();
  readonly #open = new Map<string, Open>();

  constructor(reader: VolumeReader) {
    this.#reader = reader;
  }

  /** Headers of all volumes in files and folders; what is not read says why. */
  async list(paths: readonly string[], signal?: AbortSignal): Promise<FileVolumes> {
    const { volumes, refused } = await this.#reader.list(paths, signal);
    return { volumes: this.#keep(volumes), refused: [...refused] };
  }
  /** What windows are told of volumes that can be opened from now on. */
  #keep(volumes: readonly VolumeEntry[]): FileVolume[] {
    for (const entry of volumes) this.#listed.set(entry.id, entry);
    return volumes.map(({ id, header, bytes }) => ({ id, header, bytes }));
  }

  /** Label maps that lie over a listed volume's pictures in its own files. @throws UserError where it was not listed, or cannot be read */
  async overlays(id: string): Promise<FileVolume[]> {
    return this.#keep(await asUserError(this.#reader.overlays(this.#entry(id))));
  }

  /** @throws UserError where it was not listed, or cannot be read */
  open(id: string): Promise<OpenedVolume> {
    return this.openEntry(this.#entry(id));
  }

  /**
   * Opens one that was found elsewhere.
   * @param pseudonym what errors call it, in place of its file and of what its header says
   * @throws UserError where it cannot be read
   */
  async openEntry(entry: VolumeEntry, pseudonym?: string): Promise<OpenedVolume> {
    const { handle, scaling, stored } = await asUserError(this.#reader.open(entry), pseudonym);
    const token = crypto.randomUUID();
    this.#open.set(token, { entry, handle, scaling, stored, pseudonym });
    for (const old of this.#open.keys()) {
      if (this.#open.size <= MOST_OPEN) break;
      await this.close(old);
    }
    return { token, ...sent(stored, scaling), freeMemory: freemem() };
  }

  /** Slices `first` … `last` along the third axis, in the type that `open` told. @throws UserError */
  async slices(token: string, first: number, last: number): Promise<Frame> {
    const open = this.#open.get(token);
    if (!open) throw new UserError('cancelled', 'the volume was closed');
    const { header } = open.entry;
    const [width, height, depth] = header.size;
    const count = last - first + 1;
    if (first < 0 || last >= depth || count < 1 || count > MOST_SLICES)
      throw new UserError('value-invalid', `a volume has slices 0 to ${depth - 1}, at most ${MOST_SLICES} at a time`);
    const wanted = Array.from({ length: count }, (_, i) => first + i);
    const { slices } = await asUserError(this.#reader.read(open.handle, wanted, header.files[0]!), open.pseudonym);
    const { type } = sent(open.stored, open.scaling);
    const slice = width * height * header.components;
    const data = new ARRAYS[type](slice * count);
    for (const { index, values } of slices) put(values, data, (index - first) * slice, open.scaling, type);
    return { key: first, width, height, depth: count, channels: header.components, type, low: 0, high: 0, data };
  }

  /** Names of a label map's values. @throws UserError where the volume was not listed */
  async labelNames(id: string): Promise<Record<string, string>> {
    const { labels, files } = this.#entry(id).header;
    return labels ? Object.fromEntries(labels.map(({ value, name }) => [value, name])) : namesBeside(files[0]!);
  }

  /** What was listed here by this id; undefined otherwise. */
  listed(id: string): VolumeEntry | undefined {
    return this.#listed.get(id);
  }

  /**
   * Writes a mask in the reading process.
   * @param pseudonym what errors call its images, in place of their files
   * @throws UserError
   */
  writeMask(asked: Parameters<VolumeReader['writeMask']>, pseudonym?: string): Promise<MaskExported> {
    return asUserError(this.#reader.writeMask(...asked), pseudonym);
  }

  #entry(id: string): VolumeEntry {
    const entry = this.#listed.get(id);
    if (!entry) throw new UserError('file-missing', 'this volume was not listed here: choose its files again');
    return entry;
  }

  async close(token: string): Promise<void> {
    const open = this.#open.get(token);
    this.#open.delete(token);
    if (open) await this.#reader.closeVolume(open.handle);
  }

  /** Ends the reading process. */
  async end(): Promise<void> {
    this.#open.clear();
    await this.#reader.close();
  }
}

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array } as const;
const AS_STORED = new Map<VoxelType, PixelType>([
  ['uint8', 'uint8'],
  ['int8', 'int16'],
  ['uint16', 'uint16'],
  ['int16', 'int16'],
  ['float32', 'float32'],
]);

/** How values travel: stored ones where a GPU takes them, else final ones as float32. */
function sent(type: VoxelType, scaling: Scaling): Omit<OpenedVolume, 'token' | 'freeMemory'> {
  const stored = AS_STORED.get(type);
  return stored ? { type: stored, ...scaling } : { type: 'float32', slope: 1, intercept: 0 };
}

function put(values: StoredArray, into: PixelArray, at: number, { slope, intercept }: Scaling, type: PixelType): void {
  const final = type === 'float32' && !(values instanceof Float32Array);
  if (!final) into.set(values, at);
  else for (let i = 0; i < values.length; i += 1) into[at + i] = values[i]! * slope + intercept;
}

/** @param pseudonym of a project's volume: its file is not named, nor what may quote its header */
async function asUserError<T>(work: Promise<T>, pseudonym?: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof VolumeProblem)) throw error;
    if (pseudonym !== undefined) throw unreadable(pseudonym, error);
    const { file, reason } = error.toRefusal();
    throw new UserError('file-damaged', reason, { file, cause: error });
  }
}
