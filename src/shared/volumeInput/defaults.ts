import type { VolumeBox, VolumeIntensity, VolumeRecipe } from '@shared/domain';
import { reachOf } from './resample';
import type { VolumeFacts } from './types';

/** Voxels of the longest side unless a person says otherwise: what a CPU trains on in minutes. */
const SIDE = 48;
const LEAST_SIDE = 8;

/** Lung, soft tissue and bone in Hounsfield units, one channel each. */
export const CT_WINDOWS: VolumeIntensity = {
  kind: 'windows',
  windows: [
    { low: -1350, high: 150 },
    { low: -160, high: 240 },
    { low: -450, high: 1050 },
  ],
};

/** Scales of values by what most of the volumes are: HU through fixed windows, PET as SUV, all else by percentiles of each volume. */
function defaultIntensity(
  volumes: readonly Pick<VolumeFacts, 'modality' | 'unit' | 'suvFactor' | 'components'>[],
): VolumeIntensity {
  const most = (is: (volume: (typeof volumes)[number]) => boolean): boolean =>
    volumes.length > 0 && 2 * volumes.filter(is).length > volumes.length;
  if (most(({ components }) => components === 3)) return { kind: 'range', low: 0, high: 255 };
  if (most(({ unit }) => unit === 'HU')) return CT_WINDOWS;
  const hasSuv = ({ modality, unit, suvFactor }: (typeof volumes)[number]): boolean =>
    modality === 'PT' && (unit === 'g/ml' || suvFactor !== undefined);
  // One volume without what SUV needs would be left out.
  if (volumes.length > 0 && volumes.every(hasSuv)) return { kind: 'suv', high: 10 };
  return { kind: 'percentiles', low: 1, high: 99 };
}

/**
 * A recipe that fits the data: equal steps in all directions, no finer than the volumes' own, and a grid that holds nine in ten of the
 * samples whole.
 * @param boxes where samples are boxes; whole volumes otherwise
 */
export function defaultVolumeRecipe(volumes: readonly VolumeFacts[], boxes: readonly VolumeBox[] = []): VolumeRecipe {
  const extents =
    boxes.length > 0
      ? boxes.map(({ size }) => size)
      : volumes.map((volume) => {
          const { low, high } = reachOf(volume);
          return [high[0] - low[0], high[1] - low[1], high[2] - low[2]] as const;
        });
  const reach = [0, 1, 2].map((axis) =>
    quantile(
      extents.map((extent) => extent[axis]!),
      0.9,
    ),
  ) as [number, number, number];
  const finest = quantile(
    volumes.map(({ spacing }) => Math.min(...spacing)),
    0.5,
  );
  const step = rounded(Math.max(finest, Math.max(...reach) / SIDE));
  const grid = reach.map((length) => Math.min(SIDE, Math.max(LEAST_SIDE, Math.ceil(length / step - 1e-6)))) as [
    number,
    number,
    number,
  ];
  return { grid, spacing: [step, step, step], intensity: defaultIntensity(volumes) };
}

/** The least value that at least this share lies at or below; 1 of none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 1;
}

/** Up to two digits. */
function rounded(step: number): number {
  const digit = 10 ** (Math.floor(Math.log10(step)) - 1);
  return Number((Math.ceil(step / digit - 1e-6) * digit).toPrecision(2));
}
