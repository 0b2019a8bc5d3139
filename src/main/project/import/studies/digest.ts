import type { VolumeHeader, VolumeInfo } from '@shared/domain';
import { acquiredFrame, axesAlong, axisOf, dot, PLANES, planeOf, PATIENT_FRAME, type Vec3 } from '@shared/space';
import { describe, valuesOf } from '@main/formats/volumes';
import type { OpenVolume } from '@main/formats/volumes';
import { LOOK_SIDE, THUMB_SIDE } from '../content';
import { areaAverage, within } from '../resample';

/** What an import takes from a volume's voxels, read once from end to end. */
export interface VolumeDigest {
  readonly info: VolumeInfo;
  /** Its middle slice as it hangs, in its own window: bytes, at most 96 a side, RGB where it is. */
  readonly thumb: { readonly width: number; readonly height: number; readonly data: Uint8Array<ArrayBuffer> };
  /** Slice, row and column through its middle, 28×28 each in [0, 255]: near-duplicates are looked for in them. */
  readonly look: Float32Array<ArrayBuffer>;
}

/** Share of values at either end that the window of a volume without one leaves out. */
const OUTLIERS = 0.01;
/** Values looked at for that. */
const LOOKED_AT = 100_000;

interface Plane {
  readonly width: number;
  readonly height: number;
  /** [height, width, channels] */
  readonly values: Float32Array;
}

/** @throws VolumeProblem */
export async function digestVolume(volume: OpenVolume, signal?: AbortSignal): Promise<VolumeDigest> {
  const { size, components } = volume.header;
  const [width, height, depth] = size;
  const [middleColumn, middleRow, middle] = [width >> 1, height >> 1, depth >> 1];
  const planeFor = (w: number, h: number): Plane => ({
    width: w,
    height: h,
    values: new Float32Array(w * h * components),
  });
  const slice = planeFor(width, height);
  const row = planeFor(width, depth);
  const column = planeFor(height, depth);
  const info = await describe(volume, {
    signal,
    take: ({ index, values }) => {
      if (index === middle) slice.values.set(values);
      const line = width * components;
      row.values.set(values.subarray(middleRow * line, (middleRow + 1) * line), index * line);
      for (let y = 0; y < height; y++)
        for (let c = 0; c < components; c++)
          column.values[(index * height + y) * components + c] = values[(y * width + middleColumn) * components + c]!;
    },
  });
  const shown = windowed([slice, row, column], info);
  return {
    info,
    thumb: thumbOf(shown[0]!, info),
    look: lookOf(shown, components),
  };
}

/** The thumbnail alone, of a volume that is about to be chosen: only its middle slice is read. @throws VolumeProblem */
export async function middleThumb(volume: OpenVolume): Promise<VolumeDigest['thumb']> {
  const { header, scaling } = volume;
  const [width, height, depth] = header.size;
  for await (const { values } of volume.slices([depth >> 1]))
    return thumbOf(windowed([{ width, height, values: valuesOf(values, scaling) }], header)[0]!, header);
  throw new Error('a volume without slices');
}

/** @param shown the middle slice as bytes would show it */
function thumbOf(shown: Plane, { components, ...header }: VolumeHeader): VolumeDigest['thumb'] {
  const hung = hang(shown, header, components);
  const to = within(hung.width, hung.height, THUMB_SIDE);
  const small = areaAverage(hung.values, 0, { ...hung, channels: components }, to);
  return { ...to, data: Uint8Array.from(small, (value) => Math.round(value)) };
}

/** Values as bytes would show them, dark to bright: by the file's first window, else by what the planes hold but for their outliers. */
function windowed(planes: readonly Plane[], info: VolumeHeader): Plane[] {
  if (info.components === 3) return [...planes];
  const { low, high } = windowOf(planes, info);
  const inverted = info.notes.some(({ code }) => code === 'monochrome1');
  return planes.map((plane) => ({
    ...plane,
    values: plane.values.map((value) => {
      const share = Number.isFinite(value) ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
      return 255 * (inverted ? 1 - share : share);
    }),
  }));
}

function windowOf(planes: readonly Plane[], { windows, padding }: VolumeHeader): { low: number; high: number } {
  const own = windows?.[0];
  if (own) return { low: own.center - own.width / 2, high: own.center + own.width / 2 };
  const count = planes.reduce((sum, { values }) => sum + values.length, 0);
  const step = Math.max(1, Math.floor(count / LOOKED_AT));
  const seen: number[] = [];
  for (const { values } of planes)
    for (let i = 0; i < values.length; i += step) {
      const value = values[i]!;
      if (Number.isFinite(value) && !(padding && value >= padding.from && value <= padding.to)) seen.push(value);
    }
  seen.sort((a, b) => a - b);
  const at = (share: number): number => seen[Math.round(share * (seen.length - 1))] ?? NaN;
  const [low, high] = [at(OUTLIERS), at(1 - OUTLIERS)];
  if (high > low) return { low, high };
  const [least, most] = [seen[0] ?? 0, seen.at(-1) ?? 0];
  return { low: least, high: most > least ? most : least + 1 };
}

/** The acquired plane turned to hang as radiologists expect it, where the file says which way it lies. */
function hang(plane: Plane, info: Omit<VolumeHeader, 'components'>, channels: number): Plane {
  const oriented =
    info.spacingKind !== 'none' && !info.notes.some(({ code }) => code === 'no-geometry' || code === 'space-unknown');
  if (!oriented) return plane;
  const frame = acquiredFrame(info, true);
  // The direction of the patient that slices follow each other in says which plane it is.
  const name = (['sagittal', 'coronal', 'axial'] as const)[axesAlong(info, PATIENT_FRAME).indexOf(2)] ?? PLANES[0];
  const { right, down } = planeOf(frame, name, true);
  const [u, v] = [axisOf(info, 0), axisOf(info, 1)];
  const along = (a: Vec3, b: Vec3): number => dot(a, b);
  const swapped = Math.abs(along(right, v)) > Math.abs(along(right, u));
  const [width, height] = swapped ? [plane.height, plane.width] : [plane.width, plane.height];
  const flipX = along(right, swapped ? v : u) < 0;
  const flipY = along(down, swapped ? u : v) < 0;
  const values = new Float32Array(plane.values.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [i, j] = [flipX ? width - 1 - x : x, flipY ? height - 1 - y : y];
      const from = swapped ? i * plane.width + j : j * plane.width + i;
      for (let c = 0; c < channels; c++) values[(y * width + x) * channels + c] = plane.values[from * channels + c]!;
    }
  return { width, height, values };
}

/** [3, 28, 28], grey */
function lookOf(planes: readonly Plane[], channels: number): Float32Array<ArrayBuffer> {
  const side = LOOK_SIDE * LOOK_SIDE;
  const out = new Float32Array(planes.length * side);
  planes.forEach(({ width, height, values }, p) => {
    const small = areaAverage(values, 0, { width, height, channels }, { width: LOOK_SIDE, height: LOOK_SIDE });
    for (let i = 0; i < side; i++) {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += small[i * channels + c]!;
      out[p * side + i] = sum / channels;
    }
  });
  return out;
}
