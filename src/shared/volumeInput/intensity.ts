import type { VolumeIntensity } from '@shared/domain';
import { UserError } from '@shared/errors';
import { percentilesOf } from './percentiles';
import type { VolumeFacts, Voxels } from './types';

/** Ranges of a volume's values that become [0, 1]: one, or one a channel. */
export interface Ranges {
  readonly ranges: readonly { readonly low: number; readonly high: number }[];
  /** What stands for nothing, before mapping: black in every channel. */
  readonly fill: number;
  /** Low values are bright (MONOCHROME1): turned, as a screen shows them. */
  readonly inverted: boolean;
}

/**
 * What an intensity rule means for one volume; percentiles are those of all of it, whatever box is cut out.
 * @throws UserError `value-invalid` where SUV is asked for and the file does not say how, and where a volume has no value that counts
 */
export function rangesOf(volume: Voxels, intensity: VolumeIntensity): Ranges {
  const inverted = volume.header.notes.some(({ code }) => code === 'monochrome1');
  const ranges = rangesIn(volume, intensity);
  const fill = inverted ? Math.max(...ranges.map((r) => r.high)) : Math.min(...ranges.map((r) => r.low));
  return { ranges, fill, inverted };
}

function rangesIn(volume: Voxels, intensity: VolumeIntensity): Ranges['ranges'] {
  const { header } = volume;
  switch (intensity.kind) {
    case 'windows':
      return header.components === 3 ? intensity.windows.slice(0, 1) : intensity.windows;
    case 'range':
      return [{ low: intensity.low, high: intensity.high }];
    case 'suv':
      return [{ low: 0, high: intensity.high / suvFactorOf(header) }];
    case 'percentiles': {
      const [low, high] = percentilesOf(volume, [intensity.low, intensity.high]) as [number, number];
      if (Number.isNaN(low)) throw new UserError('value-invalid', 'the volume has no value that counts');
      // A volume of one value throughout is black.
      return [{ low, high: high > low ? high : low + 1 }];
    }
  }
}

/** SUV by body weight of one unit of the values. @throws UserError `value-invalid` where the header does not allow it */
export function suvFactorOf({ unit, suvFactor }: Pick<VolumeFacts, 'unit' | 'suvFactor'>): number {
  if (unit === 'g/ml') return 1;
  if (suvFactor !== undefined) return suvFactor;
  throw new UserError(
    'value-invalid',
    `the input recipe asks for SUV, and the file does not say how its values${unit ? ` (${unit})` : ''} become SUV: choose percentiles or a range for this project`,
  );
}

/** Values to [0, 1] by each range, one channel each; RGB keeps its own channels. @param values [voxels, components] */
export function mapped(values: Float32Array, { ranges, inverted }: Ranges): Float32Array<ArrayBuffer> {
  const channels = ranges.length;
  const out = new Float32Array(values.length * channels);
  for (let i = 0, to = 0; i < values.length; i++)
    for (let c = 0; c < channels; c++, to++) {
      const { low, high } = ranges[c]!;
      const share = Math.min(1, Math.max(0, (values[i]! - low) / (high - low)));
      out[to] = inverted ? 1 - share : share;
    }
  return out;
}
