import type { VolumeIntensity, VolumeRecipe } from '@shared/domain';

type Say = (key: string, values: Record<string, string | number>) => string;

/** A recipe in two lines: its grid with what that covers, and how values become grey. */
export function inputWords({ grid, spacing, intensity }: VolumeRecipe, t: Say): { grid: string; intensity: string } {
  const step = new Set(spacing).size === 1 ? String(spacing[0]) : spacing.join(' × ');
  const reach = grid.map((n, i) => Number((n * spacing[i]!).toFixed(1))).join(' × ');
  return {
    grid: t('input.grid', { grid: grid.join(' × '), step, reach }),
    intensity: intensityWords(intensity, t),
  };
}

function intensityWords(intensity: VolumeIntensity, t: Say): string {
  switch (intensity.kind) {
    case 'windows':
      return t('input.says.windows', {
        ranges: intensity.windows.map(({ low, high }) => `${low} … ${high}`).join(', '),
      });
    case 'percentiles':
      return t('input.says.percentiles', { low: intensity.low, high: intensity.high });
    case 'suv':
      return t('input.says.suv', { high: intensity.high });
    case 'range':
      return t('input.says.range', { low: intensity.low, high: intensity.high });
  }
}
