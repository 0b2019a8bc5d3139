import type { PlaneName } from '@shared/space';
import type { Rect } from '@renderer/vtk';
import type { Size } from './camera';

export const LAYOUTS = ['one', 'grid', 'side'] as const;
/** One view; two by two; a large one with three beside it. */
export type Layout = (typeof LAYOUTS)[number];
/** A plane, or the volume as a whole. */
export type PaneId = PlaneName | 'volume';
const ORDER: readonly PaneId[] = ['axial', 'sagittal', 'coronal', 'volume'];

/** Pixels between views. */
const GAP = 2;

/**
 * Where each view lies, in whole CSS pixels.
 * @param first the view that is shown large
 * @param without views that this volume does not have
 */
export function arranged(
  layout: Layout,
  first: PaneId,
  { width, height }: Size,
  without: ReadonlySet<PaneId> = new Set(),
): Map<PaneId, Rect> {
  const panes = ORDER.filter((pane) => !without.has(pane));
  const front = panes.includes(first) ? first : panes[0]!;
  if (layout === 'one' || panes.length === 1) return new Map([[front, { x: 0, y: 0, width, height }]]);
  if (layout === 'grid') return grid(panes, width, height);
  const others = panes.filter((pane) => pane !== front);
  const narrow = Math.floor(Math.min(width / 3, height / others.length));
  const large = width - narrow - GAP;
  const tall = (height - GAP * (others.length - 1)) / others.length;
  const rects = new Map<PaneId, Rect>([[front, { x: 0, y: 0, width: large, height }]]);
  others.forEach((pane, i) => {
    const y = Math.round(i * (tall + GAP));
    rects.set(pane, { x: large + GAP, y, width: narrow, height: Math.round(tall) });
  });
  return rects;
}

function grid(panes: readonly PaneId[], width: number, height: number): Map<PaneId, Rect> {
  const [left, top] = [Math.floor((width - GAP) / 2), Math.floor((height - GAP) / 2)];
  const right = width - left - GAP;
  const bottom = height - top - GAP;
  const cells: Rect[] = [
    { x: 0, y: 0, width: left, height: top },
    { x: left + GAP, y: 0, width: right, height: top },
    { x: 0, y: top + GAP, width: left, height: bottom },
    { x: left + GAP, y: top + GAP, width: right, height: bottom },
  ];
  return new Map(panes.map((pane, i) => [pane, cells[i]!]));
}
