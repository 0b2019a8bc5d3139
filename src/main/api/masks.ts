import { mkdirSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { VolumeEntry } from '@main/formats/volumes';
import type { MaskExported, MaskFormat } from '@shared/domain';
import { UserError } from '@shared/errors';
import { encodeRuns, toBase64 } from '@shared/mask';
import type { Services } from './services';

interface Wanted {
  readonly mask: string;
  readonly file: string | null;
  readonly format: MaskFormat;
  readonly identity: boolean;
}

/**
 * Writes a mask of the open project as a file.
 * @throws UserError `file-missing` where a DICOM SEG is to name its images, and they are not at hand
 */
export async function exportMask(services: Services, { mask, file, format, identity }: Wanted): Promise<MaskExported> {
  const { project } = services.session();
  const { info, data } = project.masks.now(mask);
  const to = file === null ? placeFor(project.exportsDir, info.name, format) : resolve(file);
  const of = format === 'seg' && identity ? await imageOf(services, info.volume) : null;
  if (of) await refuseOriginal(to, of);
  const { name, geometry, segments } = info;
  const sent = { name, geometry, segments: [...segments], runs: toBase64(encodeRuns(data)) };
  const known = info.volume.startsWith('volume:') ? idOf(info.volume) : undefined;
  const written = await services.volumes.writeMask([sent, of, to], known);
  services.exported.add(dirname(to));
  return written;
}

/** A name that says what it is and that every system takes. */
function placeFor(exportsDir: string, name: string, format: MaskFormat): string {
  const folder = join(exportsDir, 'masks');
  mkdirSync(folder, { recursive: true });
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return join(folder, `${plain || 'mask'}${format === 'seg' ? '.dcm' : '.nii.gz'}`);
}

const idOf = (volume: string): string => volume.slice(volume.indexOf(':') + 1);

async function imageOf(services: Services, volume: string): Promise<VolumeEntry> {
  const id = idOf(volume);
  if (volume.startsWith('volume:')) {
    const { project } = services.session();
    const known = project.volumes.all().find((each) => each.id === id);
    if (!known) throw new UserError('sample-missing', 'its volume is not in this project');
    return (await project.volumes.locate(known.key)).entry;
  }
  const entry = services.volumes.listed(id);
  if (!entry)
    throw new UserError('file-missing', 'open the image that this mask was drawn on, or write it without its patient');
  return entry;
}

/** Originals are never written over. */
async function refuseOriginal(to: string, { header }: VolumeEntry): Promise<void> {
  const target = await realpath(dirname(to)).then(
    (folder) => join(folder, basename(to)),
    () => to,
  );
  for (const file of header.files)
    if ((await realpath(file).catch(() => file)) === target)
      throw new UserError('value-invalid', 'originals are never written over: choose another name', { file: to });
}
