import { volumeRecipe, type VolumeIntensity, type VolumeRecipe } from '@shared/domain';

export const KINDS = ['windows', 'percentiles', 'suv', 'range'] as const satisfies readonly VolumeIntensity['kind'][];
export type Kind = (typeof KINDS)[number];

/** A recipe as text fields hold it. */
export interface Edited {
  readonly grid: string[];
  readonly spacing: string[];
  readonly kind: Kind;
  /** Of windows one or three, else one; SUV has an upper end alone. */
  readonly ranges: { low: string; high: string }[];
}

export function editedOf({ grid, spacing, intensity }: VolumeRecipe): Edited {
  return { grid: grid.map(String), spacing: spacing.map(String), kind: intensity.kind, ranges: rangesOf(intensity) };
}

function rangesOf(intensity: VolumeIntensity): Edited['ranges'] {
  if (intensity.kind === 'windows')
    return intensity.windows.map(({ low, high }) => ({ low: String(low), high: String(high) }));
  return [{ low: intensity.kind === 'suv' ? '0' : String(intensity.low), high: String(intensity.high) }];
}

/** What another kind begins with. */
export const FIRST: Record<Kind, Edited['ranges']> = {
  windows: [{ low: '-160', high: '240' }],
  percentiles: [{ low: '1', high: '99' }],
  suv: [{ low: '0', high: '10' }],
  range: [{ low: '0', high: '255' }],
};

const number = (text: string): number => (text.trim() === '' ? NaN : Number(text));

/** The recipe that the fields say; null where they say none. */
export function recipeIn({ grid, spacing, kind, ranges }: Edited): VolumeRecipe | null {
  const said = ranges.map(({ low, high }) => ({ low: number(low), high: number(high) }));
  const [first] = said;
  const intensity =
    kind === 'windows' ? { kind, windows: said } : kind === 'suv' ? { kind, high: first?.high } : { kind, ...first };
  const parsed = volumeRecipe.safeParse({ grid: grid.map(number), spacing: spacing.map(number), intensity });
  return parsed.success ? parsed.data : null;
}
