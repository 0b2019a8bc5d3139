import { VolumeProblem } from '../problem';
import type { OpenVolume, StoredArray, StoredSlice, VolumeEntry } from '../types';
import { StreamDamage } from './codec';
import type { Dataset } from './dataset';
import { readHeader, withDicom, type DicomHeader } from './file';
import { FrameReader, tileOf } from './open';
import { overlayGroups, within } from './overlayGroups';
import { frameValues } from './pixels';
import { isLabelSource } from './segmentation';
import { transferSyntax } from './syntax';
import * as tags from './tags';
import type { DicomSource, SourceFile, SourceSlice } from './volume';

/**
 * Graphics that lie over the pictures of a file (PS3.3, C.9.2): one bit a pixel, in a group of their own from 6000 to 601E, or, as was allowed once, in bits of
 * the pixels that no value uses.
 */
interface Plane {
  readonly rows: number;
  readonly columns: number;
  /** Of its first pixel in the picture, from 0; may lie outside. */
  readonly top: number;
  readonly left: number;
  /** The picture on which its first frame lies, from 0, and how many it has. */
  readonly firstFrame: number;
  readonly frames: number;
  /** Of the pixels, where it has no data of its own. */
  readonly bit: number | null;
}

/** What reading the overlays of one group needs. */
export interface OverlaySource extends DicomSource {
  /** 0x6000 … 0x601e. */
  readonly overlay: number;
}
export const isOverlaySource = (source: DicomSource): source is OverlaySource => 'overlay' in source;

/** @returns null where the group does not say how large it is, or where it lies in bits that values use. @throws HeaderDamage */
function planeOf(data: Dataset, group: number): Plane | null {
  const of = (tag: tags.Tag): tags.Tag => within(group, tag);
  const rows = data.count(of(tags.OverlayRows), 1, 65535);
  const columns = data.count(of(tags.OverlayColumns), 1, 65535);
  if (rows === undefined || columns === undefined) return null;
  const [top, left] = data.numbers(of(tags.OverlayOrigin));
  const own = data.has(of(tags.OverlayData));
  const bit = own ? null : (data.count(of(tags.OverlayBit), 0, 31) ?? 0);
  // What is left of a group whose data somebody took out names bit 0, as those with data do: it is the picture's own.
  if (bit !== null && usedByValues(data, bit)) return null;
  return {
    rows,
    columns,
    top: (top ?? 1) - 1,
    left: (left ?? 1) - 1,
    firstFrame: (data.number(of(tags.OverlayFirstFrame)) ?? 1) - 1,
    frames: data.count(of(tags.OverlayFrames), 1, 100_000) ?? (own ? 1 : Infinity),
    bit,
  };
}

function usedByValues(data: Dataset, bit: number): boolean {
  const highest = data.number(tags.HighBit) ?? 31;
  const stored = data.number(tags.BitsStored) ?? highest + 1;
  return bit <= highest && bit > highest - stored;
}

/**
 * The overlays of a volume's files, each group as a label map of the volume's own size and place.
 * @throws VolumeProblem where the files are no longer what was listed
 */
export async function overlaysOf(entry: VolumeEntry): Promise<VolumeEntry[]> {
  const source = entry.source as DicomSource;
  if (isLabelSource(source) || isOverlaySource(source)) return [];
  const names = new Map<number, string>();
  for (const file of source.files) {
    const { data } = await headerOf(file);
    for (const group of overlayGroups(data))
      if (!names.get(group) && planeOf(data, group)) names.set(group, nameOf(data, group));
  }
  const { header } = entry;
  const [x, y, z] = header.size;
  return [...names].map(([group, name]): VolumeEntry => {
    const shown = name || `60${(group & 0xff).toString(16).padStart(2, '0').toUpperCase()}`;
    const { windows: _windows, padding: _padding, suvFactor: _suv, ...place } = header;
    const own: OverlaySource = { ...source, overlay: group };
    return {
      id: `${entry.id}.${group.toString(16)}`,
      header: {
        ...place,
        name: shown,
        type: 'uint8',
        unit: null,
        components: 1,
        notes: header.notes.filter(({ code }) => code !== 'overlays-ignored'),
        labels: [{ value: 1, name: shown }],
      },
      bytes: x * y * z,
      source: own,
    };
  });
}

const nameOf = (data: Dataset, group: number): string =>
  data.text(within(group, tags.OverlayLabel)) || data.text(within(group, tags.OverlayDescription));

const headerOf = (file: SourceFile): Promise<DicomHeader> =>
  withDicom(file.path, async (handle, size) => {
    const { mtimeMs } = await handle.stat();
    if (`${size}-${mtimeMs}` !== file.state)
      throw new VolumeProblem(file.path, 'unreadable', { detail: 'it has changed since it was listed' });
    return readHeader(handle, file.path, size);
  });

/** Opens what `overlaysOf` found: 1 where the overlay is drawn. */
export function openOverlay(entry: VolumeEntry, source: OverlaySource): OpenVolume {
  const reader = new FrameReader(source.files);
  let last: { readonly file: number; readonly header: Promise<DicomHeader> } | undefined;
  return {
    header: entry.header,
    scaling: { slope: 1, intercept: 0 },
    async *slices(order, signal): AsyncIterable<StoredSlice> {
      for (const index of order) {
        signal?.throwIfAborted();
        const slice = source.slices[index]!;
        const file = source.files[slice.file]!;
        if (last?.file !== slice.file) last = { file: slice.file, header: headerOf(file) };
        const drawn = await pictureOf(reader, file, slice, (await last.header).data, source.overlay);
        yield { index, values: slice.tile === undefined || !file.mosaic ? drawn : tileOf(drawn, file, slice.tile) };
      }
    },
    close: () => Promise.resolve(),
  };
}

/** The overlay of one group in the size of a file's picture. @throws VolumeProblem */
async function pictureOf(
  reader: FrameReader,
  file: SourceFile,
  slice: SourceSlice,
  data: Dataset,
  group: number,
): Promise<Uint8Array> {
  const { rows, columns } = file.format;
  const out = new Uint8Array(rows * columns);
  const plane = planeOf(data, group);
  if (!plane) return out;
  if (plane.bit !== null) {
    const { bytes } = await reader.load(slice);
    const values = unmasked(file, slice, bytes);
    for (let i = 0; i < out.length; i += 1) out[i] = (values[i]! >>> plane.bit) & 1;
    return out;
  }
  // One frame lies over all pictures of the file; several over as many, from the first that they name.
  const frame = plane.frames === 1 ? 0 : slice.frame - plane.firstFrame;
  if (frame < 0 || frame >= plane.frames) return out;
  const bits = data.bitsOf(within(group, tags.OverlayData));
  const size = plane.rows * plane.columns;
  if (bits.length * 8 < (frame + 1) * size)
    throw new VolumeProblem(file.path, 'header-damaged', {
      detail: `its overlay has ${bits.length} of ${Math.ceil((size * plane.frames) / 8)} bytes`,
    });
  for (let y = Math.max(0, -plane.top); y < plane.rows && y + plane.top < rows; y += 1)
    for (let x = Math.max(0, -plane.left); x < plane.columns && x + plane.left < columns; x += 1) {
      const at = frame * size + y * plane.columns + x;
      out[(y + plane.top) * columns + x + plane.left] = (bits[at >> 3]! >> (at & 7)) & 1;
    }
  return out;
}

/** Stored samples with the bits that no value uses. */
function unmasked(file: SourceFile, slice: SourceSlice, bytes: Uint8Array): StoredArray {
  const syntax = transferSyntax(file.syntax);
  if (!syntax) throw new VolumeProblem(file.path, 'syntax-unsupported', { syntax: file.syntax });
  const { bitsAllocated } = file.format;
  const format = { ...file.format, bitsStored: bitsAllocated, highBit: bitsAllocated - 1, signed: false };
  try {
    return frameValues(bytes, slice.frame, { syntax, format, palette: undefined });
  } catch (error) {
    if (!(error instanceof StreamDamage)) throw error;
    throw new VolumeProblem(file.path, 'compressed-damaged', { detail: error.message }, { cause: error });
  }
}
