import { resolve } from 'node:path';
import type { MaskInfo } from '@shared/domain';
import { UserError } from '@shared/errors';
import { table } from '../output';
import type { Answer } from '../output';
import { withProject } from '../session';

const segmentNames = ({ segments }: MaskInfo): string => segments.map(({ name }) => name).join(', ');

/** Every mask of a project. */
export const maskList = (options: { project: string }): Promise<Answer> =>
  withProject(options.project, async ({ client }) => {
    const masks = await client.masks.list({ volume: null });
    const rows = masks.map((mask) => [mask.name, mask.volume, segmentNames(mask), mask.changedAt, mask.id]);
    return {
      json: { masks },
      text: masks.length ? table(['mask', 'volume', 'segments', 'changed', 'id'], rows) : 'no masks',
    };
  });

interface WriteOptions {
  readonly project: string;
  readonly identity?: boolean;
  readonly images?: string[];
}

/** Writes one mask as the file whose name says which format. */
export const maskWrite = (wanted: string, out: string, options: WriteOptions): Promise<Answer> =>
  withProject(options.project, async ({ client }) => {
    const masks = await client.masks.list({ volume: null });
    const found = masks.filter(({ id, name }) => id === wanted || name === wanted);
    const [mask] = found;
    if (!mask || found.length > 1)
      throw new UserError(
        'value-invalid',
        mask ? `several masks are called "${wanted}": say which by its id` : `there is no mask "${wanted}"`,
      );
    // A volume that is none of the project's is known by its listing.
    if (options.images) await client.volumes.list({ paths: options.images.map((path) => resolve(path)) });
    const written = await client.masks.export({
      mask: mask.id,
      file: resolve(out),
      format: /\.dcm$/i.test(out) ? 'seg' : 'nifti',
      identity: options.identity ?? false,
    });
    return { json: written, text: `${written.segments} segments, ${written.voxels} voxels written to ${written.file}` };
  });
