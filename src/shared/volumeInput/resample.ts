import type { VolumeBox } from '@shared/domain';
import { centreOf, cornersOf, dot, moved, scale } from '@shared/space';
import type { Grid, Vec3 } from '@shared/space';
import { insideOf, stackIndex } from './stack';
import type { VolumeFacts, Voxels } from './types';

/** Where the network's grid lies in the patient: its middle, its axes, and what it shows of them. */
export interface Placed {
  readonly grid: Vec3;
  readonly spacing: Vec3;
  readonly centre: Vec3;
  readonly axes: readonly [Vec3, Vec3, Vec3];
  /** Half of what is shown along each axis, millimetres: beyond it there is padding. */
  readonly half: Vec3;
}

const PATIENT: Placed['axes'] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Lines are sampled so finely that no voxel is missed, but at most so often within one step of the grid. */
const MOST_SAMPLES = 16;

/** The grid of a recipe laid on a box, or on the middle of the whole volume along the patient's axes. */
export function placed(
  header: VolumeFacts,
  box: VolumeBox | null,
  { grid, spacing }: { readonly grid: Vec3; readonly spacing: Vec3 },
): Placed {
  if (!box) return { grid, spacing, centre: middleOf(header), axes: PATIENT, half: [Infinity, Infinity, Infinity] };
  const { axes: m, centre, size } = box;
  return {
    grid,
    spacing,
    centre,
    axes: [
      [m[0]!, m[3]!, m[6]!],
      [m[1]!, m[4]!, m[7]!],
      [m[2]!, m[5]!, m[8]!],
    ],
    half: [size[0] / 2, size[1] / 2, size[2] / 2],
  };
}

/** The same as a grid: its first voxel, and where its axes lead. */
export function gridOf({ grid: size, spacing, centre, axes }: Placed): Grid {
  const origin = axes.reduce<Vec3>((at, axis, i) => moved(at, axis, (-(size[i]! - 1) / 2) * spacing[i]!), centre);
  return { size, spacing, origin, direction: [0, 1, 2].flatMap((row) => axes.map((axis) => axis[row]!)) };
}

/** The middle of what the volume spans; of an uneven stack between its first and its last slice. */
function middleOf(header: VolumeFacts): Vec3 {
  const { positions, size } = header;
  if (!positions || positions.length !== size[2]) return centreOf(header);
  const { low, high } = reachOf(header);
  return scale([low[0] + high[0], low[1] + high[1], low[2] + high[2]], 0.5);
}

/** Least and greatest place of a volume's voxels along the patient's axes. */
export function reachOf(header: VolumeFacts): { low: Vec3; high: Vec3 } {
  const corners = cornersOf(spanned(header));
  const ends = (pick: (...values: number[]) => number): Vec3 =>
    [0, 1, 2].map((axis) => pick(...corners.map((corner) => corner[axis]!))) as unknown as Vec3;
  return { low: ends(Math.min), high: ends(Math.max) };
}

/** The even grid that spans an uneven stack: as many slices of the nominal step as reach from the first to the last. */
function spanned({ positions, ...header }: VolumeFacts): VolumeFacts {
  if (!positions || positions.length !== header.size[2] || positions.length < 2) return header;
  const [dx, dy, dz] = [0, 1, 2].map((axis) => [0, 3, 6].map((at) => header.direction[at + axis]!) as unknown as Vec3);
  const normal: Vec3 = [
    dx![1] * dy![2] - dx![2] * dy![1],
    dx![2] * dy![0] - dx![0] * dy![2],
    dx![0] * dy![1] - dx![1] * dy![0],
  ];
  const nominal = Math.abs(header.spacing[2] * dot(dz!, normal));
  const depth = Math.max(1, Math.abs(positions.at(-1)! - positions[0]!) / nominal + 1);
  return { ...header, size: [header.size[0], header.size[1], depth] };
}

/**
 * Values on a grid in physical space: linear between voxels, and where the grid is coarser than they are the mean over each of its steps,
 * so that nothing is skipped and nothing overshoots. Places outside of the volume, of the box, in gaps between slices and in padding read
 * as `fill`, and so does what is no number.
 * @yields after each slice of the grid, so that a process may answer others in between
 * @returns [z, y, x, components]
 */
export function* resampling(voxels: Voxels, at: Placed, fill: number): Generator<void, Float32Array<ArrayBuffer>> {
  const { header, stored, scaling } = voxels;
  const { components: channels } = header;
  const [width, height, depth] = header.size;
  const { slope, intercept } = scaling;
  // Interpolated as stored, and rescaled afterwards: linear both.
  const blank = (fill - intercept) / slope;
  const [from, to] = paddingIn(voxels);
  const read = (p: number): number => {
    const value = stored[p]!;
    return (value >= from && value <= to) || value - value !== 0 ? blank : value;
  };
  const stack = stackIndex(header);
  const [nx, ny, nz] = at.grid;
  const samples = at.axes.map((axis, i) =>
    Math.min(MOST_SAMPLES, Math.max(1, Math.ceil(stack.density(scale(axis, at.spacing[i]!)) - 1e-6))),
  ) as unknown as Vec3;
  const offsets = samples.map((count, i) =>
    Array.from({ length: count }, (_, s) => ((s + 0.5) / count - 0.5) * at.spacing[i]!),
  ) as [number[], number[], number[]];
  const sampled = samples[0] * samples[1] * samples[2];
  const origin = stack.along(at.centre);
  const [ax, ay, az] = at.axes.map(stack.step) as [Vec3, Vec3, Vec3];
  const row = width * channels;
  const slice = row * height;
  const out = new Float32Array(nx * ny * nz * channels);
  const sums = new Float64Array(channels);
  /** Places along one axis of the grid that lie within the box. */
  const inside = (axis: 0 | 1 | 2, index: number): number[] => {
    const middle = (index - (at.grid[axis] - 1) / 2) * at.spacing[axis];
    return offsets[axis].map((offset) => middle + offset).filter((place) => Math.abs(place) <= at.half[axis] + 1e-9);
  };
  const across = Array.from({ length: nx }, (_, x) => inside(0, x));
  const down = Array.from({ length: ny }, (_, y) => inside(1, y));
  for (let z = 0, o = 0; z < nz; z++) {
    const deep = inside(2, z);
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, o += channels) {
        sums.fill(0);
        let met = 0;
        for (const pz of deep)
          for (const py of down[y]!) {
            const bi = origin[0] + az[0] * pz + ay[0] * py;
            const bj = origin[1] + az[1] * pz + ay[1] * py;
            const bk = origin[2] + az[2] * pz + ay[2] * py;
            for (const px of across[x]!) {
              const i = insideOf(bi + ax[0] * px, width);
              const j = insideOf(bj + ax[1] * px, height);
              const k = stack.depthOf(bk + ax[2] * px);
              if (Number.isNaN(i) || Number.isNaN(j) || Number.isNaN(k)) continue;
              const [ci, cj, ck] = [within(i, width), within(j, height), within(k, depth)];
              const [i0, j0, k0] = [Math.floor(ci), Math.floor(cj), Math.floor(ck)];
              const [wi, wj, wk] = [ci - i0, cj - j0, ck - k0];
              // The voxel after the last is never read: its weight is 0.
              const right = wi > 0 ? channels : 0;
              const below = wj > 0 ? row : 0;
              const behind = wk > 0 ? slice : 0;
              const voxel = k0 * slice + j0 * row + i0 * channels;
              met++;
              for (let c = 0; c < channels; c++) {
                const p = voxel + c;
                const q = p + behind;
                const near =
                  (read(p) * (1 - wi) + read(p + right) * wi) * (1 - wj) +
                  (read(p + below) * (1 - wi) + read(p + below + right) * wi) * wj;
                const far =
                  (read(q) * (1 - wi) + read(q + right) * wi) * (1 - wj) +
                  (read(q + below) * (1 - wi) + read(q + below + right) * wi) * wj;
                sums[c]! += near * (1 - wk) + far * wk;
              }
            }
          }
        for (let c = 0; c < channels; c++)
          out[o + c] = ((sums[c]! + (sampled - met) * blank) / sampled) * slope + intercept;
      }
    yield;
  }
  return out;
}

/** Stored values, from … to, that mark padding; an empty range where none does. */
export function paddingIn({ header: { padding }, scaling: { slope, intercept } }: Voxels): readonly [number, number] {
  if (!padding) return [Infinity, -Infinity];
  const ends = [padding.from, padding.to].map((value) => (value - intercept) / slope);
  // Rescaled and back: a digit may be lost on the way.
  return [Math.min(...ends) - 1e-6, Math.max(...ends) + 1e-6];
}

const within = (index: number, count: number): number => Math.min(count - 1, Math.max(0, index));
