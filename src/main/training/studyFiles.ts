import { describe, listVolumes, openVolume, VolumeProblem } from '@main/formats/volumes';
import type { VolumeEntry } from '@main/formats/volumes';
import { volumeContent } from '@main/project/import';
import type { VolumeRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Frame } from '@shared/pixels';
import { atOnce, inputVolume } from '@shared/volumeInput';

/** A volume of a file as a run sees it. */
export interface StudyFrame {
  readonly file: string;
  readonly frame: Frame;
  /** As of a sample that is this whole volume. */
  readonly contentHash: string;
}

/**
 * Volumes of studies outside of a project, whole, by a run's input recipe.
 * @param files and folders
 * @throws UserError that names what cannot be read
 */
export async function studyFrames(
  files: readonly string[],
  recipe: VolumeRecipe,
  fullScale: number,
): Promise<StudyFrame[]> {
  const { volumes, refused } = await listVolumes(files);
  const [first] = refused;
  if (first) throw new UserError('file-unsupported', first.reason, { file: first.file });
  const out: StudyFrame[] = [];
  for (const entry of volumes) {
    const file = volumes.length > 1 && entry.header.files.length > 1 ? entry.header.name : entry.header.files[0]!;
    out.push(await read(entry, file, recipe, fullScale));
  }
  return out;
}

async function read(entry: VolumeEntry, file: string, recipe: VolumeRecipe, fullScale: number): Promise<StudyFrame> {
  const { size, components } = entry.header;
  const slice = size[0] * size[1] * components;
  const stored = new Float32Array(slice * size[2]);
  try {
    const open = await openVolume(entry);
    try {
      const info = await describe(open, { take: ({ index, values }) => stored.set(values, index * slice) });
      const voxels = { header: info, stored, scaling: { slope: 1, intercept: 0 } };
      const seen = atOnce(inputVolume(voxels, null, recipe));
      const { data, ...shape } = seen;
      if (fullScale !== 1) for (let i = 0; i < data.length; i++) data[i]! *= fullScale;
      const frame = { key: 0, ...shape, type: 'float32' as const, low: 0, high: fullScale, data };
      return { file, frame, contentHash: volumeContent(info) };
    } finally {
      await open.close();
    }
  } catch (error) {
    if (error instanceof VolumeProblem) throw new UserError('file-damaged', error.toRefusal().reason, { file });
    throw error;
  }
}
