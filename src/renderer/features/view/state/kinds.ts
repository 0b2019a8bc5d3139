import { z } from 'zod';
import type { VolumeSource } from '../sources/types';
import { LAYOUTS } from './layout';
import type { WidthLevel } from './grey';

/** How a kind of series was last looked at. */
export const kept = z.object({
  layout: z.enum(LAYOUTS).optional(),
  slab: z
    .object({ kind: z.enum(['max', 'min', 'mean']), thickness: z.number().positive() })
    .nullable()
    .optional(),
  smooth: z.boolean().optional(),
  /** null: the one that the file or the values give. */
  window: z.object({ width: z.number().positive(), level: z.number() }).nullable().optional(),
});
export type Kept = z.infer<typeof kept>;

/** Series of one kind are looked at alike: same modality, unit and type, flat or not. */
export const kindOf = ({ modality, unit, type, components, grid, spacingKind }: VolumeSource): string =>
  [modality ?? 'none', unit ?? 'none', type, components, spacingKind, grid.size[2] > 1 ? 'volume' : 'flat'].join(' ');

/**
 * Windows in HU mean the same in every series. as do those of samples that share a scale. Where values have no fixed meaning (MR) a window is kept in terms of the automatic one:
 * `relative` turns it into that, `absolute` back.
 */
const fixed = ({ unit, fullScale }: Pick<VolumeSource, 'unit' | 'fullScale'>): boolean =>
  unit === 'HU' || fullScale !== undefined;

export function relative(source: VolumeSource, window: WidthLevel, auto: WidthLevel): WidthLevel {
  if (fixed(source)) return window;
  return { width: window.width / auto.width, level: (window.level - auto.level) / auto.width };
}
export function absolute(source: VolumeSource, window: WidthLevel, auto: WidthLevel): WidthLevel {
  if (fixed(source)) return window;
  return { width: window.width * auto.width, level: auto.level + window.level * auto.width };
}
