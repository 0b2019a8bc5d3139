import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { VolumeHeader, VolumeNote } from '@shared/domain';
import { withinLimit } from '../limits';
import { VolumeProblem } from '../problem';
import type { VolumeEntry } from '../types';
import { VOXEL_BYTES } from '../voxels';
import type { Extent } from './fragments';
import { byInstance, type Candidate } from './group';
import { voxelType } from './image';
import type { Mosaic } from './mosaic';
import { fileNotes, stackNotes } from './notes';
import type { PictureFile, Slice } from './picture';
import { lean, stacks, type Lean, type Place, type Stack } from './stack';

/** What reading a volume needs: plain data. */
export interface DicomSource {
  readonly files: readonly SourceFile[];
  readonly slices: readonly SourceSlice[];
}

export interface SourceFile extends Pick<PictureFile, 'path' | 'state' | 'syntax' | 'format' | 'mapped'> {
  readonly mosaic: Mosaic | undefined;
}

export interface SourceSlice {
  /** Index into `files`. */
  readonly file: number;
  readonly frame: number;
  readonly tile: number | undefined;
  readonly extent: Extent;
  readonly slope: number;
  readonly intercept: number;
}

/** Pixels that a slice may lie beside the line of its neighbours; farther out, no grid holds them. */
const BESIDE = 0.5;

interface Placed extends Place {
  readonly slice: Slice;
}

/** The volumes of one candidate: one, or several where thickness or step changes. @throws VolumeProblem `mixed`, `too-large` */
export function volumesOf(candidate: Candidate, index: number, count: number): VolumeEntry[] {
  const { slices, normal, by } = candidate;
  const own: VolumeNote[] =
    by === undefined
      ? []
      : [{ code: 'one-of-several', values: { kind: by.trait, value: by.value, index: index + 1, count } }];
  if (candidate.duplicates.length > 0) own.push({ code: 'duplicate-slices', values: named(candidate.duplicates) });
  const suffix = by ? ` · ${by.value || index + 1}` : '';
  if (!normal) return [entry([...slices].sort(byInstance), undefined, own, suffix)];
  const placed = slices.map((slice): Placed => ({ slice, position: slice.position!, thickness: slice.thickness }));
  const found = stacks(placed, normal);
  return found.map((stack, i) => {
    const part: VolumeNote[] =
      found.length > 1 ? [{ code: 'sub-stack', values: { index: i + 1, count: found.length } }] : [];
    const line = lean(stack.slices, normal);
    if (line.off > BESIDE * Math.max(...(slices[0]!.spacing ?? [1, 1])))
      throw new VolumeProblem(slices[0]!.source.path, 'mixed', {
        detail: `they lie up to ${line.off.toFixed(1)} mm beside one line`,
      });
    return entry(
      stack.slices.map(({ slice }) => slice),
      { stack, line },
      [...own, ...part],
      found.length > 1 ? `${suffix} · ${i + 1}/${found.length}` : suffix,
    );
  });
}

/** Names of files for a note, a few of them. */
export function named(paths: readonly string[]): { count: number; files: string } {
  const names = [...new Set(paths)].slice(0, 5).map((path) => basename(path));
  return { count: paths.length, files: names.join(', ') + (paths.length > names.length ? ' …' : '') };
}

interface Line {
  readonly stack: Stack<Placed>;
  readonly line: Lean;
}

function entry(
  slices: readonly Slice[],
  found: Line | undefined,
  notes: readonly VolumeNote[],
  suffix: string,
): VolumeEntry {
  const first = slices[0]!;
  const middle = slices[Math.floor(slices.length / 2)]!;
  const { format, mosaic, study, series, modality, padding } = first.source;
  const across = mosaic ? mosaic.across : 1;
  const size: [number, number, number] = [format.columns / across, format.rows / across, slices.length];
  const components = format.samples === 3 || first.source.mapped === 'palette' ? 3 : 1;
  const type = first.source.mapped === 'lut' ? 'float32' : voxelType(format);
  const files = [...new Set(slices.map(({ source }) => source.path))];
  const scaledPadding = padding && [padding.from, padding.to].map((v) => v * first.slope + first.intercept);
  const windows = components === 1 ? middle.windows : [];
  const header: VolumeHeader = {
    ...geometry(slices, found),
    size,
    files,
    name: (series.description || basename(first.source.path)) + suffix,
    format: 'dicom',
    modality: modality || null,
    type,
    unit: components === 1 ? first.source.unit : null,
    ...(first.source.suvFactor === undefined ? {} : { suvFactor: first.source.suvFactor }),
    components,
    spacingKind: first.spacing ? first.spacingKind : 'none',
    notes: [...notes, ...stackNotes(slices, found?.stack, found?.line), ...fileNotes(slices)],
    ...(found && (found.stack.uneven || found.stack.missing.length > 0) ? { positions: [...found.stack.places] } : {}),
    ...(scaledPadding ? { padding: { from: Math.min(...scaledPadding), to: Math.max(...scaledPadding) } } : {}),
    ...(windows.length > 0 ? { windows: [...windows] } : {}),
    study,
    series,
  };
  const source = sourceOf(slices);
  const id = createHash('sha256')
    .update(JSON.stringify([source.files.map((f) => [f.path, f.state]), source.slices]))
    .digest('hex');
  const bytes = withinLimit(files[0]!, size[0] * size[1] * size[2] * components * VOXEL_BYTES[type]);
  return { id: id.slice(0, 32), header, bytes, source, subject: first.source.subject };
}

/** What reading these slices needs. */
export function sourceOf(slices: readonly Slice[]): DicomSource {
  const index = new Map<PictureFile, number>();
  for (const { source } of slices) if (!index.has(source)) index.set(source, index.size);
  return {
    files: [...index.keys()].map(({ path, state, syntax, format, mapped, mosaic }) => ({
      path,
      state,
      syntax,
      format,
      mapped,
      mosaic,
    })),
    slices: slices.map(({ source, index: frame, tile, slope, intercept }) => ({
      file: index.get(source)!,
      frame,
      tile,
      extent: source.extents[frame]!,
      slope,
      intercept,
    })),
  };
}

/** Axes and millimetres; unit axes and millimetres of 1 where the file gives none. */
function geometry(
  slices: readonly Slice[],
  found: Line | undefined,
): Pick<VolumeHeader, 'spacing' | 'origin' | 'direction'> {
  const { spacing, row, column, position, stated, thickness } = slices[0]!;
  const [x, y] = spacing ?? [1, 1];
  const between = stated ?? thickness ?? 1;
  if (!found || !row || !column || !position)
    return { spacing: [x, y, between], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  const { axis, stretch } = found.line;
  return {
    spacing: [x, y, found.stack.step === undefined ? between : found.stack.step * stretch],
    origin: [position[0], position[1], position[2]],
    direction: [row[0], column[0], axis[0], row[1], column[1], axis[1], row[2], column[2], axis[2]],
  };
}
