import { plainGrid } from '@shared/space';
import type { Frame } from '@shared/pixels';
import { wholeSamples } from '@renderer/pixels/frames';
import type { VolumeSource } from './types';

/** A sample of the project: stored voxels whose place in a patient nobody knows. */
function frameSource(frame: Frame, name: string): VolumeSource {
  return {
    id: `sample ${frame.key}`,
    name,
    grid: plainGrid([frame.width, frame.height, frame.depth]),
    spacingKind: 'none',
    oriented: false,
    modality: null,
    unit: null,
    type: frame.type,
    components: frame.channels === 3 ? 3 : 1,
    slope: 1,
    intercept: 0,
    fullScale: { low: frame.low, high: frame.high },
    notes: [],
    inverted: false,
    read: (_signal, arrived) => {
      arrived(0, frame.data);
      return Promise.resolve();
    },
  };
}

/** @throws UserError where its pixels are gone */
export async function sampleSource(key: number, name: string): Promise<VolumeSource> {
  return frameSource(await wholeSamples.get(key), name);
}
