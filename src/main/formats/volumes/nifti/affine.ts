import type { SpacingKind, VolumeNote } from '@shared/domain';
import { flipAffine, length, scaled, shearNotes, spansVolume } from '../geometry';
import type { Affine, Vector } from '../geometry';
import type { NiftiHeader } from './header';

export interface Placed {
  /** In LPS millimetres. */
  readonly affine: Affine;
  readonly spacingKind: SpacingKind;
  readonly notes: readonly VolumeNote[];
}

/** Millimetres of a unit of length, by the lower three bits of xyzt_units. */
const UNITS: Readonly<Record<number, { name: string; millimetres: number }>> = {
  1: { name: 'metres', millimetres: 1000 },
  3: { name: 'micrometres', millimetres: 0.001 },
};
/** Corners that lie closer agree. [mm] */
const AGREE = 0.1;

/**
 * Where the voxels lie, as nibabel's `affine` has it: by the sform where it has a code, else by the qform, else as a grid along left,
 * anterior, superior around the origin. Turned from RAS to LPS and into millimetres.
 */
export function placeOf(header: NiftiHeader, size: Vector): Placed {
  const notes: VolumeNote[] = [];
  const usable = (form: 'sform' | 'qform', affine: Affine | null): Affine | null => {
    if (!affine || spansVolume(affine)) return affine;
    notes.push({ code: 'affine-unusable', values: { form } });
    return null;
  };
  const sform = usable('sform', header.sformCode > 0 ? sformOf(header) : null);
  const qform = usable('qform', header.qformCode > 0 ? qformOf(header) : null);
  if (sform && qform) {
    const apart = largestDistance(sform, qform, size);
    if (apart > AGREE) notes.push({ code: 'forms-differ', values: { millimetres: Number(apart.toPrecision(3)) } });
  }
  const bare = unplaced(header, size);
  const ras = sform ?? qform ?? bare.affine;
  if (!sform && !qform) notes.push(bare.note);
  const unit = UNITS[header.units & 7];
  if (unit) notes.push({ code: 'converted-unit', values: { from: unit.name } });
  const affine = flipAffine(unit ? inMillimetres(ras, unit.millimetres) : ras);
  notes.push(...shearNotes(affine));
  return { affine, spacingKind: sform || qform || bare.millimetres ? 'patient' : 'none', notes };
}

function sformOf({ sform: s }: NiftiHeader): Affine {
  const column = (i: number): Vector => [s[i]!, s[4 + i]!, s[8 + i]!];
  return { axes: [column(0), column(1), column(2)], origin: column(3) };
}

/** Method 2 of nifti1.h: a rotation by the quaternion (a, b, c, d), a ≥ 0, and steps of pixdim. */
function qformOf(header: NiftiHeader): Affine {
  let [b = 0, c = 0, d = 0] = header.quaternion;
  const rest = 1 - (b * b + c * c + d * d);
  let a = Math.sqrt(Math.max(0, rest));
  if (rest < 1e-7) {
    // As nifti_quatern_to_mat44: rounding took it beyond the unit, a half turn.
    const norm = Math.hypot(b, c, d);
    [a, b, c, d] = [0, b / norm, c / norm, d / norm];
  }
  const [i, j, k] = steps(header);
  const handed = header.pixdim[0]! < 0 ? -1 : 1;
  return {
    axes: [
      scaled([a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)], i),
      scaled([2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)], j),
      scaled([2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - c * c - b * b], k * handed),
    ],
    origin: header.qOffset as unknown as Vector,
  };
}

/** |pixdim|; 0 and what is no number count as 1, as nibabel repairs them. */
function steps({ pixdim }: NiftiHeader): Vector {
  const step = (value: number): number => (value === 0 || !Number.isFinite(value) ? 1 : Math.abs(value));
  return [step(pixdim[1]!), step(pixdim[2]!), step(pixdim[3]!)];
}

/** Neither form: nibabel's base affine. Steps of 1 without a unit are what writers put who know nothing. */
function unplaced(header: NiftiHeader, size: Vector): { affine: Affine; millimetres: boolean; note: VolumeNote } {
  const [i, j, k] = steps(header);
  const millimetres = (header.units & 7) !== 0 || i !== 1 || j !== 1 || k !== 1;
  const at = (axis: 0 | 1 | 2, step: number): number => (-step * (size[axis] - 1)) / 2;
  return {
    affine: {
      axes: [
        [-i, 0, 0],
        [0, j, 0],
        [0, 0, k],
      ],
      origin: [at(0, -i), at(1, j), at(2, k)],
    },
    millimetres,
    note: millimetres
      ? { code: 'spacing-only', values: { axes: 'left, anterior, superior' } }
      : { code: 'no-geometry', values: {} },
  };
}

const inMillimetres = ({ axes: [a, b, c], origin }: Affine, by: number): Affine => ({
  axes: [scaled(a, by), scaled(b, by), scaled(c, by)],
  origin: scaled(origin, by),
});

/** Of the corners of the grid, from one placing to the other. */
function largestDistance(p: Affine, q: Affine, size: Vector): number {
  let most = 0;
  for (const x of [0, size[0] - 1])
    for (const y of [0, size[1] - 1])
      for (const z of [0, size[2] - 1]) {
        const along = (axis: 0 | 1 | 2): number =>
          p.origin[axis] -
          q.origin[axis] +
          x * (p.axes[0][axis] - q.axes[0][axis]) +
          y * (p.axes[1][axis] - q.axes[1][axis]) +
          z * (p.axes[2][axis] - q.axes[2][axis]);
        most = Math.max(most, length([along(0), along(1), along(2)]));
      }
  return most;
}
