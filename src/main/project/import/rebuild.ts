import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ImportProgress } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import type { Project } from '../project';
import { planArrays } from './plan';
import { Progress } from './progress';
import { packSamples } from './readArrays';
import { imageHash } from './imageHash';
import { decodeInOrder } from './readFolder';
import { ThumbFile } from './thumbFile';

/** What is needed of a project to make its cache anew. */
export type CacheOwner = Pick<Project, 'cacheDir' | 'sources' | 'sourceOf'> & {
  readonly index: Pick<Project['index'], 'size' | 'id' | 'contentHash'>;
};

export interface RebuildOptions {
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
}

/**
 * Makes the decoded pixels and thumbnails of a project anew from its originals, every sample verified by its content hash. What was there
 * before is replaced only when all is done.
 * @throws UserError naming the original that is missing, damaged or no longer the one that was imported; `cancelled`
 */
export async function rebuildCache(project: CacheOwner, options: RebuildOptions = {}): Promise<void> {
  const id = `${process.pid.toString(36)}-${randomBytes(6).toString('hex')}`;
  const progress = new Progress(id, options.onProgress, options.signal);
  const folder = join(project.cacheDir, `rebuilding-${id}`);
  try {
    await mkdir(join(folder, 'pixels'), { recursive: true });
    const thumbs = await ThumbFile.create(join(folder, 'thumbs.bin'));
    try {
      if (project.sources()[0]?.kind === 'folder') await fromPictures(project, thumbs, progress);
      else await fromArrays(project, thumbs, join(folder, 'pixels'), progress);
    } finally {
      await thumbs.close();
    }
    await mkdir(join(project.cacheDir, 'pixels'), { recursive: true });
    for (const name of ['thumbs.bin', ...(await readdir(join(folder, 'pixels'))).map((pack) => join('pixels', pack))])
      await rename(join(folder, name), join(project.cacheDir, name));
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? fileError(error, project.cacheDir) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function changed(file: string, sample: string): UserError {
  return new UserError('file-damaged', `it is no longer the file that was imported: ${sample} differs`, { file });
}

async function fromArrays(project: CacheOwner, thumbs: ThumbFile, packs: string, progress: Progress): Promise<void> {
  const { index } = project;
  const plan = await planArrays(project.sources().map((source) => source.path));
  try {
    let key = 0;
    for (const part of plan.parts)
      for await (const { stored, at, hash } of packSamples(part, packs)) {
        progress.at('reading', key, index.size);
        if (key >= index.size || hash.toString('hex') !== index.contentHash(key))
          throw changed(part.images.file.path, key < index.size ? index.id(key) : `image ${key}`);
        await thumbs.add(stored.data, at, part.shape, false);
        key++;
      }
    if (key < index.size) throw changed(plan.files[0]!, index.id(key));
  } finally {
    await plan.close();
  }
}

async function fromPictures(project: CacheOwner, thumbs: ThumbFile, progress: Progress): Promise<void> {
  const { index } = project;
  const files = Array.from({ length: index.size }, (_, key) => project.sourceOf(key));
  for await (const { index: key, image } of decodeInOrder('', files)) {
    progress.at('reading', key, files.length);
    if (image instanceof UserError) throw image;
    if (imageHash(image).toString('hex') !== index.contentHash(key)) throw changed(files[key]!, basename(files[key]!));
    const { width, height, channels, data } = image;
    await thumbs.add(data, 0, { width, height, channels, depth: 1 }, true);
  }
}
