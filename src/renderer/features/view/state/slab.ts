import type { Slab } from '@renderer/vtk';
import type { Viewer } from './useViewer';

export const SLABS = ['max', 'min', 'mean'] as const;
export type SlabKind = (typeof SLABS)[number];

/** Slices that a slab may hold. */
const SLICES = [2, 3, 5, 10, 20, 40];
const FIRST = 5;

type Look = Pick<Viewer, 'grid' | 'slab'>;
const finest = ({ grid }: Look): number => (grid.value ? Math.min(...grid.value.spacing) : 1);

/** Thicknesses to choose from, the present one among them. */
export function slabSteps(viewer: Look): number[] {
  const steps = SLICES.map((n) => n * finest(viewer));
  const now = viewer.slab.value?.thickness;
  return now === undefined || steps.includes(now) ? steps : [...steps, now].sort((a, b) => a - b);
}

export function slabOf(kind: SlabKind | 'off', viewer: Look): Slab | null {
  if (kind === 'off') return null;
  return { kind, thickness: viewer.slab.value?.thickness ?? FIRST * finest(viewer) };
}

/** Off, then each kind in turn. */
export function nextSlab(viewer: Look): Slab | null {
  const kinds: readonly (SlabKind | 'off')[] = ['off', ...SLABS];
  return slabOf(kinds[(kinds.indexOf(viewer.slab.value?.kind ?? 'off') + 1) % kinds.length]!, viewer);
}

/** The next thickness up or down. */
export function thicker(viewer: Look, by: 1 | -1): Slab | null {
  const { value: slab } = viewer.slab;
  if (!slab) return by > 0 ? slabOf('max', viewer) : null;
  const steps = slabSteps(viewer);
  const to = steps[steps.indexOf(slab.thickness) + by];
  return to === undefined ? slab : { ...slab, thickness: to };
}
