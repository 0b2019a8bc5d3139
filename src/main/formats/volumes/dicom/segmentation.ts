import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { VolumeHeader } from '@shared/domain';
import { dot, length, scale, subtract } from '@shared/space';
import type { Vec3 } from '@shared/space';
import { withinLimit } from '../limits';
import type { OpenVolume, StoredSlice, VolumeEntry } from '../types';
import { fileNotes } from './notes';
import { FrameReader } from './open';
import type { Slice } from './picture';
import { lean, type Place } from './stack';
import { sourceOf, type DicomSource } from './volume';

/** What reading a segmentation as one label map needs: of each slice, which frames lie in it and what they are. */
export interface LabelSource extends DicomSource {
  readonly planes: readonly (readonly { readonly frame: number; readonly value: number }[])[];
}
export const isLabelSource = (source: DicomSource): source is LabelSource => 'planes' in source;

/** Millimetres between positions that are the same but for their printed digits. */
const SAME_PLACE = 0.005;
/** Share of the step by which a frame may lie beside an even grid. */
const OFF_GRID = 0.05;

/**
 * A binary segmentation as one label map: segments by their numbers, planes without a frame empty.
 * @param slices all frames of one file
 * @returns null where it is no such segmentation, its frames have no places, or its segments overlap
 */
export async function labelMapOf(slices: readonly Slice[]): Promise<VolumeEntry | null> {
  const first = slices[0]!;
  const { segments } = first.source;
  const { row, column, spacing } = first;
  if (!segments || !row || !column || !spacing || slices.some(({ position }) => !position)) return null;
  const normal: Vec3 = [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ];
  const stack = stacked(slices, normal);
  const source: LabelSource = { ...sourceOf(slices), planes: stack.planes };
  if (await overlapping(source)) return null;
  const { format, path, study, series } = first.source;
  const most = Math.max(...segments.map(({ number }) => number));
  const header: VolumeHeader = {
    size: [format.columns, format.rows, stack.planes.length],
    spacing: [spacing[0], spacing[1], stack.step],
    origin: [...stack.origin],
    direction: [0, 1, 2].flatMap((axis) => [row[axis]!, column[axis]!, stack.axis[axis]!]),
    files: [path],
    name: series.description || basename(path),
    format: 'dicom',
    modality: 'SEG',
    type: most > 255 ? 'uint16' : 'uint8',
    unit: null,
    components: 1,
    spacingKind: 'patient',
    notes: fileNotes(slices).filter(({ code }) => code !== 'derived'),
    labels: segments.map(({ number, name, colour }) => ({ value: number, name, ...(colour ? { colour } : {}) })),
    ...(stack.positions ? { positions: [...stack.positions] } : {}),
    study,
    series,
  };
  const id = createHash('sha256').update(JSON.stringify([source.files[0]!.path, source.files[0]!.state, 'labels']));
  const bytes = withinLimit(path, format.columns * format.rows * stack.planes.length * (most > 255 ? 2 : 1));
  return { id: id.digest('hex').slice(0, 32), header, bytes, source };
}

interface Stacked {
  readonly planes: LabelSource['planes'];
  readonly origin: Vec3;
  readonly axis: Vec3;
  /** Millimetres along the axis. */
  readonly step: number;
  /** Where places do not follow each other evenly. */
  readonly positions: readonly number[] | undefined;
}

/** Frames by their places: an even grid from the first to the last, planes without a frame included, or the places themselves. */
function stacked(slices: readonly Slice[], normal: Vec3): Stacked {
  const frames = slices.map((slice, frame) => ({
    frame,
    value: Number(slice.traits.segment),
    position: slice.position!,
    at: dot(slice.position!, normal),
  }));
  frames.sort((a, b) => a.at - b.at);
  const places: Place[] = [];
  const at: number[] = [];
  for (const frame of frames) {
    if (at.length > 0 && frame.at - at.at(-1)! <= SAME_PLACE) continue;
    at.push(frame.at);
    places.push({ position: frame.position, thickness: undefined });
  }
  const { stated, thickness } = slices[0]!;
  const line = lean(places, normal);
  const gaps = at.slice(1).map((place, i) => place - at[i]!);
  const smallest = Math.min(...gaps);
  // The step that the header states holds the planes between, where the smallest gap is several of them.
  const step = [stated, smallest].find((s) => s !== undefined && fits(at, s)) ?? undefined;
  const origin = places[0]!.position;
  if (at.length === 1)
    return { planes: [frames], origin, axis: normal, step: stated ?? thickness ?? 1, positions: undefined };
  const indexOf = (place: number): number =>
    step === undefined ? at.findIndex((other) => place - other <= SAME_PLACE) : Math.round((place - at[0]!) / step);
  const count = step === undefined ? at.length : indexOf(at.at(-1)!) + 1;
  const planes = Array.from({ length: count }, (): { frame: number; value: number }[] => []);
  for (const { frame, value, at: place } of frames) planes[indexOf(place)]!.push({ frame, value });
  const span = length(subtract(places.at(-1)!.position, origin));
  const nominal = step === undefined ? smallest * line.stretch : span / (count - 1);
  return {
    planes,
    origin,
    axis: scale(line.axis, 1),
    step: nominal,
    positions: step === undefined ? at : undefined,
  };
}

const fits = (at: readonly number[], step: number): boolean =>
  at.every((place) => {
    const steps = (place - at[0]!) / step;
    return Math.abs(steps - Math.round(steps)) <= OFF_GRID;
  });

/** Whether any voxel belongs to two segments. @throws VolumeProblem */
async function overlapping(source: LabelSource): Promise<boolean> {
  const reader = new FrameReader(source.files);
  for (const plane of source.planes) {
    if (plane.length < 2) continue;
    const taken = new Uint8Array(source.files[0]!.format.rows * source.files[0]!.format.columns);
    for (const { frame } of plane) {
      const slice = source.slices[frame]!;
      const values = reader.values(slice, await reader.load(slice));
      for (let i = 0; i < taken.length; i += 1) {
        if (!values[i]) continue;
        if (taken[i]) return true;
        taken[i] = 1;
      }
    }
  }
  return false;
}

/** Opens a label map that `labelMapOf` found. */
export function openLabelMap(entry: VolumeEntry, source: LabelSource): OpenVolume {
  const reader = new FrameReader(source.files);
  const [width, height] = entry.header.size;
  return {
    header: entry.header,
    scaling: { slope: 1, intercept: 0 },
    async *slices(order, signal): AsyncIterable<StoredSlice> {
      for (const index of order) {
        signal?.throwIfAborted();
        const labels =
          entry.header.type === 'uint16' ? new Uint16Array(width * height) : new Uint8Array(width * height);
        for (const { frame, value } of source.planes[index]!) {
          const slice = source.slices[frame]!;
          const inside = reader.values(slice, await reader.load(slice));
          for (let i = 0; i < labels.length; i += 1) if (inside[i]) labels[i] = value;
        }
        yield { index, values: labels };
      }
    },
    close: () => Promise.resolve(),
  };
}
