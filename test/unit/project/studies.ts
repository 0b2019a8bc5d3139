import { basename, dirname } from 'node:path';
import { describe as inspect, listVolumes, openVolume } from '@main/formats/volumes';
import type { NewProject } from '@main/project';
import type { NewVolume } from '@main/project/types';
import { stateOf } from '@main/project/volumes';
import { inputRecipeFor } from '@main/project';
import { volumeContent } from '@main/project/volumeContent';
import type { Split } from '@shared/domain';
import { defaultVolumeRecipe } from '@shared/volumeInput';
import { projectOf, sampleOf } from './fixture';

/** One volume of a study: its file, and whose it is. */
export interface Study {
  readonly file: string;
  readonly patient: string;
  readonly split?: Split | null;
  /** Class of the whole volume, where that is a sample; absent: only boxes in it are. */
  readonly class?: number | null;
}

/** A project of volumes in files that lie in one folder, each a sample of its own where it has a class (or null for none yet). */
export async function studiesOf(studies: readonly Study[], changes: Partial<NewProject> = {}): Promise<NewProject> {
  const volumes: NewVolume[] = [];
  for (const [i, { file, patient }] of studies.entries()) {
    const { volumes: found } = await listVolumes([file]);
    const open = await openVolume(found[0]!);
    const info = { ...(await inspect(open)), files: ['volume'], name: 'volume' };
    await open.close();
    volumes.push({
      id: `v${String(i).padStart(3, '0')}`,
      info,
      about: {
        kind: 'image',
        burnedIn: null,
        head: false,
        deidentified: { characteristics: true, dates: true, safePrivate: true, descriptors: true },
        attributes: {},
      },
      patient,
      study: `study ${i}`,
      look: new Float32Array(3 * 28 * 28),
      original: {
        source: 0,
        folder: '',
        files: [basename(file)],
        part: 0,
        state: (await stateOf([file]))!,
        subject: null,
        study: null,
        series: null,
      },
    });
  }
  const whole = studies.flatMap((study, volume) => (study.class === undefined ? [] : [{ ...study, volume }]));
  const groups = [...new Set(studies.map(({ patient }) => patient))];
  const samples = whole.map(({ volume, patient, split, class: label }, key) => {
    const { id, info } = volumes[volume]!;
    return sampleOf(key, {
      id,
      contentHash: volumeContent(info),
      width: info.size[0],
      height: info.size[1],
      depth: info.size[2],
      type: 'float32',
      low: info.min,
      high: info.max,
      pixels: { kind: 'series', volume },
      class: label ?? null,
      patient,
      group: groups.indexOf(patient),
      split: split ?? 'train',
      officialSplit: null,
    });
  });
  return projectOf(samples, {
    dimensions: '3d',
    volumes,
    sources: [{ path: dirname(studies[0]!.file), kind: 'studies', hash: null, bytes: 0 }],
    splits: { ...projectOf(samples).splits, policy: 'new', patientsKnown: true },
    input: { ...inputRecipeFor(samples), fullScale: 1, volume: defaultVolumeRecipe(volumes.map(({ info }) => info)) },
    ...changes,
  });
}
