import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { readFully } from '../../file';
import { VolumeProblem } from '../problem';
import { valuesOf } from '../read';
import type { OpenVolume, StoredArray, StoredSlice, VolumeEntry } from '../types';
import { StreamDamage } from './codec';
import { readHeader, readInflated, withDicom } from './file';
import { readMapping } from './picture';
import { frameValues, throughLut } from './pixels';
import { transferSyntax } from './syntax';
import type { DicomSource, SourceFile, SourceSlice } from './volume';

/** Files that are read ahead while one is decoded. */
const AHEAD = 4;

/** Opens a volume that `list` found. @throws VolumeProblem where it is no longer what was listed */
export async function open(entry: VolumeEntry): Promise<OpenVolume> {
  const { header } = entry;
  const source = entry.source as DicomSource;
  const { slope, intercept } = source.slices[0]!;
  const alike = source.slices.every((slice) => slice.slope === slope && slice.intercept === intercept);
  const colour = header.components === 3;
  const final = !colour && (!alike || source.files.some(({ mapped }) => mapped === 'lut'));
  const reader = new FrameReader(source.files);
  return {
    header,
    scaling: final || colour ? { slope: 1, intercept: 0 } : { slope, intercept },
    async *slices(order, signal): AsyncIterable<StoredSlice> {
      const queue = [...order];
      const ahead: { index: number; bytes: Promise<Loaded> }[] = [];
      const fill = (): void => {
        while (ahead.length < AHEAD && queue.length > 0) {
          const index = queue.shift()!;
          const bytes = reader.load(source.slices[index]!);
          // It is awaited below in its turn; until then its failure is no unhandled one.
          bytes.catch(() => undefined);
          ahead.push({ index, bytes });
        }
      };
      for (fill(); ahead.length > 0; fill()) {
        signal?.throwIfAborted();
        const { index, bytes } = ahead.shift()!;
        const slice = source.slices[index]!;
        const values = reader.values(slice, await bytes);
        yield { index, values: final ? reader.final(slice, values) : values };
      }
    },
    close: () => Promise.resolve(),
  };
}

interface Loaded {
  readonly bytes: Uint8Array;
  readonly mapping: ReturnType<typeof readMapping>;
}

/** Bytes and values of frames; what many slices share (an unpacked file, a mosaic) is kept while they are read. */
export class FrameReader {
  private inflated: { path: string; bytes: Promise<Buffer> } | undefined;
  private last: { file: number; frame: number; values: StoredArray } | undefined;
  private mappings = new Map<number, Promise<Loaded['mapping']>>();

  constructor(private readonly files: readonly SourceFile[]) {}

  /** A digest of the values after rescale: equal where two slices show the same. @throws VolumeProblem */
  async digest(slice: SourceSlice): Promise<string> {
    const values = this.final(slice, this.values(slice, await this.load(slice)));
    return createHash('sha256')
      .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
      .digest('hex');
  }

  /** Values after rescale; those that went through a palette or a table are final already. */
  final(slice: SourceSlice, values: StoredArray): StoredArray {
    const mapped = this.files[slice.file]!.mapped !== undefined;
    return mapped ? values : valuesOf(values, slice);
  }

  async load(slice: SourceSlice): Promise<Loaded> {
    const file = this.files[slice.file]!;
    return withDicom(file.path, async (handle, size) => {
      const { mtimeMs } = await handle.stat();
      if (`${size}-${mtimeMs}` !== file.state)
        throw new VolumeProblem(file.path, 'unreadable', { detail: 'it has changed since it was listed' });
      const bytes = await this.bytes(handle, file, slice);
      let mapping = this.mappings.get(slice.file);
      if (!mapping) {
        mapping = file.mapped
          ? readHeader(handle, file.path, size).then((header) => readMapping(header, file))
          : Promise.resolve({});
        this.mappings.set(slice.file, mapping);
      }
      return { bytes, mapping: await mapping };
    });
  }

  private async bytes(handle: FileHandle, file: SourceFile, { extent }: SourceSlice): Promise<Uint8Array> {
    if (transferSyntax(file.syntax)?.deflated) {
      if (this.inflated?.path !== file.path) this.inflated = { path: file.path, bytes: readInflated(file.path) };
      const whole = await this.inflated.bytes;
      return Buffer.concat(extent.map(([offset, length]) => whole.subarray(offset, offset + length)));
    }
    const parts: Buffer[] = [];
    for (const [offset, length] of extent) parts.push(await readFully(handle, file.path, offset, length));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** @throws VolumeProblem `compressed-damaged` */
  values(slice: SourceSlice, { bytes, mapping }: Loaded): StoredArray {
    const file = this.files[slice.file]!;
    const whole = this.frame(file, slice, bytes, mapping);
    return slice.tile === undefined || !file.mosaic ? whole : tileOf(whole, file, slice.tile);
  }

  private frame(
    file: SourceFile,
    slice: SourceSlice,
    bytes: Uint8Array,
    { palette, lut }: Loaded['mapping'],
  ): StoredArray {
    if (slice.tile !== undefined && this.last?.file === slice.file && this.last.frame === slice.frame)
      return this.last.values;
    const { format } = file;
    const syntax = transferSyntax(file.syntax);
    if (!syntax) throw new VolumeProblem(file.path, 'syntax-unsupported', { syntax: file.syntax });
    try {
      const stored = frameValues(bytes, slice.frame, { syntax, format, palette });
      const values = lut ? throughLut(stored, lut) : stored;
      if (slice.tile !== undefined) this.last = { file: slice.file, frame: slice.frame, values };
      return values;
    } catch (error) {
      if (!(error instanceof StreamDamage)) throw error;
      throw new VolumeProblem(file.path, 'compressed-damaged', { detail: error.message }, { cause: error });
    }
  }
}

/** One tile of a mosaic. */
export function tileOf<T extends StoredArray>(picture: T, { mosaic, format }: SourceFile, index: number): T {
  const across = mosaic!.across;
  const columns = format.columns / across;
  const rows = format.rows / across;
  const left = (index % across) * columns;
  const top = Math.floor(index / across) * rows;
  const out = picture.slice(0, rows * columns) as T;
  for (let y = 0; y < rows; y++) {
    const from = (top + y) * format.columns + left;
    out.set(picture.subarray(from, from + columns), y * columns);
  }
  return out;
}
