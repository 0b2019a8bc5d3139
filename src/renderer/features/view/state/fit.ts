import type { PixelType } from '@shared/pixels';
import type { Vec3 } from '@shared/space';
import type { Gpu } from '@renderer/vtk';
import type { VolumeSource } from '../sources/types';

/** Why a volume is not shown in full: a side that is too long, or bytes that are not there. */
export type Tight =
  | { readonly why: 'side'; readonly side: number; readonly most: number }
  | { readonly why: 'graphics' | 'memory'; readonly need: number; readonly most: number };

/** Voxels that are taken along each axis: every one, every second … */
export type Strides = Vec3;
const WHOLE: Strides = [1, 1, 1];

/** What a machine can hold of one volume. */
export interface Limits {
  readonly gpu: Pick<Gpu, 'software' | 'largestSide'> | null;
  /** Bytes of memory that are free; undefined: nobody said. */
  readonly free: number | undefined;
}

const BYTES: Record<PixelType, number> = { uint8: 1, uint16: 2, int16: 2, float32: 4 };
/** A graphics card does not say what it has. Drivers refuse larger textures, or give them and stop. */
const MOST_TEXTURE = 3 * 2 ** 30;
/** An array in a window holds no more. */
const MOST_ARRAY = 2 ** 32;
/** Of the free memory, a volume may take this share: the rest is the app's and the system's. */
const SHARE = 0.75;

type Needs = Pick<VolumeSource, 'grid' | 'type' | 'components' | 'missing'>;

const sizeBy = ({ size }: Needs['grid'], by: Strides): Vec3 =>
  size.map((n, axis) => Math.ceil(n / by[axis]!)) as unknown as Vec3;
const count = (size: Vec3): number => size[0] * size[1] * size[2];

/** Bytes of its voxels, in memory and again on the graphics. */
export const bytesOf = ({ grid, type, components }: Needs, by: Strides): number =>
  count(sizeBy(grid, by)) * components * BYTES[type];

function tightAt(needs: Needs, by: Strides, { gpu, free }: Limits): Tight | null {
  const most = gpu?.largestSide ?? Infinity;
  const side = Math.max(...sizeBy(needs.grid, by));
  if (side > most) return { why: 'side', side, most };
  const bytes = bytesOf(needs, by);
  if (!gpu?.software && bytes > MOST_TEXTURE) return { why: 'graphics', need: bytes, most: MOST_TEXTURE };
  // Where the CPU draws, its textures lie in the same memory.
  const need = gpu?.software ? 2 * bytes : bytes;
  const room = Math.min(gpu?.software ? Infinity : MOST_ARRAY, free === undefined ? Infinity : SHARE * free);
  if (need > room || bytes > MOST_ARRAY) return { why: 'memory', need, most: Math.min(room, MOST_ARRAY) };
  return null;
}

/** Whether a volume can be shown in full, and if not, why, and in which strides it can. */
export function fitOf(needs: Needs, limits: Limits): { strides: Strides; tight: Tight | null } {
  const tight = tightAt(needs, WHOLE, limits);
  let strides = WHOLE;
  while (tightAt(needs, strides, limits)) strides = coarser(needs, strides, limits.gpu?.largestSide ?? Infinity);
  return { strides, tight };
}

/** The next lower resolution: an axis that is too long, else the finest one, is thinned. */
export function coarser({ grid, missing }: Needs, by: Strides, most = Infinity): Strides {
  const size = sizeBy(grid, by);
  // Across gaps nothing is thinned: which slices were never taken would change.
  const axes = [0, 1, 2].filter((axis) => size[axis]! > 1 && (axis < 2 || !missing));
  const step = (axis: number): number => grid.spacing[axis]! * by[axis]!;
  const long = axes.find((axis) => size[axis]! > most);
  const axis = long ?? axes.reduce((best, next) => (step(next) < step(best) ? next : best), axes[0] ?? 0);
  return by.map((n, i) => (i === axis ? n + 1 : n)) as unknown as Vec3;
}

/** The coarser of two along each axis. */
export const atLeast = (a: Strides, b: Strides): Strides =>
  a.map((n, axis) => Math.max(n, b[axis]!)) as unknown as Strides;

/** How a lower resolution is said. */
export const thinnedWords = ({ by, size }: NonNullable<VolumeSource['thinned']>): { by: string; size: string } => ({
  by: by.join(' × '),
  size: size.join(' × '),
});

/** A volume that is too large for this machine, and in which strides it fits. */
export interface Offer {
  /** null: it ought to have fitted. */
  readonly tight: Tight | null;
  readonly source: VolumeSource;
  readonly strides: Strides;
}

/** What is offered where memory or graphics gave out though it should have fitted. */
export const lowerThan = (source: VolumeSource, before: Strides): Offer => ({
  source,
  tight: null,
  strides: coarser(source, coarser(source, before)),
});
