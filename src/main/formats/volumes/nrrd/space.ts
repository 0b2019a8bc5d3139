import type { SpacingKind, VolumeNote } from '@shared/domain';
import { cross, flipXY, length, scaled, shearNotes, spansVolume, unitAffine } from '../geometry';
import type { Affine, Vector } from '../geometry';
import { VolumeProblem } from '../problem';
import type { NrrdHeader } from './header';

/** From the file's space to LPS. */
const SPACES: Readonly<Record<string, (v: Vector) => Vector>> = {
  'left-posterior-superior': (v) => v,
  'right-anterior-superior': flipXY,
  'left-anterior-superior': ([x, y, z]) => [x, 0 - y, z],
};
const SHORT: Readonly<Record<string, string>> = {
  lps: 'left-posterior-superior',
  ras: 'right-anterior-superior',
  las: 'left-anterior-superior',
};
const UNITS: Readonly<Record<string, number>> = {
  mm: 1,
  millimeter: 1,
  millimetre: 1,
  um: 0.001,
  μm: 0.001,
  µm: 0.001,
  micron: 0.001,
  cm: 10,
  m: 1000,
};

export interface Placed {
  /** In LPS millimetres. */
  readonly affine: Affine;
  readonly spacingKind: SpacingKind;
  readonly notes: readonly VolumeNote[];
}

/** Which axes lie in space: those with a direction; else those whose kind says so; else the first three. */
export function axesInSpace({ directions, kinds, sizes }: NrrdHeader): boolean[] {
  if (directions) return directions.map((vector) => vector !== null);
  if (kinds?.some((kind) => kind === 'domain' || kind === 'space'))
    return kinds.map((kind) => kind === 'domain' || kind === 'space');
  // A small first axis of four, unnamed, could be values of a voxel as well: kinds are asked first.
  return sizes.map((_, i) => i < 3);
}

/** @throws VolumeProblem where directions are there and span nothing */
export function placeOf(file: string, header: NrrdHeader): Placed {
  const spatial = axesInSpace(header);
  const own = <T>(perAxis: readonly T[] | null): T[] | null => perAxis?.filter((_, i) => spatial[i]) ?? null;
  const vectors = own(header.directions);
  if (!vectors) return bySpacings(own(header.spacings), own(header.thicknesses), spatial.filter(Boolean).length);
  const notes: VolumeNote[] = [];
  const { turn, known } = spaceOf(header.space);
  if (!known) notes.push({ code: 'space-unknown', values: { space: header.space ?? '–' } });
  const unit = unitOf(header.spaceUnits);
  if (unit && unit.millimetres !== 1) notes.push({ code: 'converted-unit', values: { from: unit.name } });
  const place = (v: readonly number[]): Vector => {
    if (v.length !== 2 && v.length !== 3)
      throw new VolumeProblem(file, 'header-impossible', { detail: `a direction of ${v.length} numbers` });
    return scaled(turn([v[0]!, v[1]!, v[2] ?? 0]), unit?.millimetres ?? 1);
  };
  const axes = vectors.map((vector) => place(vector!));
  if (axes.length === 2) {
    const thick = header.thicknesses?.find((t) => t > 0);
    const normal = cross(axes[0]!, axes[1]!);
    axes.push(scaled(normal, (thick ?? 1) / length(normal)));
    notes.push({ code: 'one-slice', values: {} });
  }
  const affine: Affine = {
    axes: axes as [Vector, Vector, Vector],
    origin: header.origin ? place(header.origin) : [0, 0, 0],
  };
  if (!spansVolume(affine))
    throw new VolumeProblem(file, 'header-impossible', { detail: 'its space directions span no volume' });
  return { affine, spacingKind: 'patient', notes: [...notes, ...shearNotes(affine)] };
}

/** No directions: spacing along axes whose way nobody says, or nothing at all. */
function bySpacings(spacings: number[] | null, thicknesses: number[] | null, axes: number): Placed {
  const oneSlice: VolumeNote[] = axes === 2 ? [{ code: 'one-slice', values: {} }] : [];
  const known = spacings?.every((s) => Number.isFinite(s) && s !== 0) ? spacings.map(Math.abs) : null;
  if (!known)
    return { affine: unitAffine(), spacingKind: 'none', notes: [{ code: 'no-geometry', values: {} }, ...oneSlice] };
  const thick = thicknesses?.find((t) => t > 0) ?? 1;
  return {
    affine: unitAffine([known[0]!, known[1]!, known[2] ?? thick]),
    spacingKind: 'patient',
    notes: [{ code: 'spacing-only', values: { axes: 'left, posterior, superior' } }, ...oneSlice],
  };
}

/** ITK takes any other space as it stands; so do we, and say it. */
function spaceOf(space: string | null): { turn: (v: Vector) => Vector; known: boolean } {
  const name = space?.replace(/-time$/, '').replace(/^(lps|ras|las)t$/, '$1') ?? '';
  const turn = SPACES[SHORT[name] ?? name];
  return turn ? { turn, known: true } : { turn: (v) => v, known: false };
}

function unitOf(units: readonly string[] | null): { name: string; millimetres: number } | null {
  const name = units?.find((unit) => unit !== '');
  const millimetres = name === undefined ? undefined : UNITS[name.toLowerCase()];
  return name === undefined || millimetres === undefined ? null : { name, millimetres };
}
