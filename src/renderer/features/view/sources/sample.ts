import { plainGrid } from '@shared/space';
import type { Frame } from '@shared/pixels';
import { wholeSamples } from '@renderer/pixels/frames';
import { client } from '@renderer/stores';
import { streamed } from './file';
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

/** Fetches what a sample that is probably asked for next needs: its frame, or where its study's files are and how they are read. */
export async function preloadSample(key: number): Promise<void> {
  (await sampleSource(key, '')).drop?.();
}

/** A sample at full resolution: of a study from its originals. @throws UserError where its pixels are gone */
export async function sampleSource(key: number, name: string): Promise<VolumeSource> {
  const study = await client().volumes.openSample({ key });
  if (study) {
    const { volume, box, opened } = study;
    return {
      ...streamed({ id: `sample ${key}`, masked: `volume:${volume.id}` }, volume.info, opened),
      name: `${volume.info.name} · ${volume.id}`,
      study: volume,
      box,
    };
  }
  return frameSource(await wholeSamples.get(key), name);
}
