import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { VolumeHeader, VolumeInfo } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '../../file';
import { describe } from '../read';
import type { OpenVolume, StoredArray } from '../types';
import { niftiHeader } from './nifti';
import { nrrdHeader } from './nrrd';
import { writtenType } from './type';
import type { WrittenType } from './type';

interface Kind {
  readonly header: (header: VolumeHeader, type: WrittenType, to: string) => Buffer;
  readonly gzip: 'all' | 'voxels' | 'none';
}

function kindOf(path: string): Kind {
  if (/\.nii\.gz$/i.test(path)) return { header: niftiHeader, gzip: 'all' };
  if (/\.nii$/i.test(path)) return { header: niftiHeader, gzip: 'none' };
  if (/\.nrrd$/i.test(path)) return { header: nrrdHeader, gzip: 'voxels' };
  throw new UserError('value-invalid', 'volumes are written as .nii.gz, .nii or .nrrd', { file: path });
}

/** @throws UserError `value-invalid` for a name that stands for no format that is written */
export const checkWritable = (path: string): void => void kindOf(path);

/**
 * Writes a volume: in the type that its file has where values are not rescaled, else as float32, with its geometry. The file appears
 * whole or not at all.
 * @throws VolumeProblem where reading fails; UserError where writing does
 */
export async function writeVolume(volume: OpenVolume, to: string, signal?: AbortSignal): Promise<VolumeInfo> {
  const kind = kindOf(to);
  const type = writtenType(volume);
  const head = kind.header(volume.header, type, to);
  const part = `${to}.${randomUUID().slice(0, 8)}.part`;
  const file = createWriteStream(part, { flags: 'wx' });
  try {
    if (kind.gzip === 'voxels') file.write(head);
    const packed = kind.gzip === 'none' ? new PassThrough() : createGzip({ chunkSize: 2 ** 20, level: 6 });
    const written = pipeline(packed, file);
    const failed = written.then(
      () => null,
      (error: unknown) => error,
    );
    if (kind.gzip !== 'voxels') packed.write(head);
    const put = async (values: StoredArray): Promise<void> => {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      if (packed.write(bytes)) return;
      const error = await Promise.race([new Promise<null>((go) => packed.once('drain', () => go(null))), failed]);
      if (error) throw fileError(error, dirname(to));
    };
    const info = await describe(volume, {
      signal,
      take: ({ values }, stored) => put(type === 'stored' ? stored : values),
    }).catch((error: unknown) => {
      packed.destroy();
      throw error;
    });
    packed.end();
    await written.catch((error: unknown) => {
      throw fileError(error, dirname(to));
    });
    await rename(part, to).catch((error: unknown) => {
      throw fileError(error, to);
    });
    return info;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
