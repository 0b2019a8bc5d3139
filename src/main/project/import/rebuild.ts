import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ImportProgress } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import type { Project } from '../project';
import { planArrays } from './plan';
import { Progress } from './progress';
import { packNameOf } from './grow/cache';
import { packName, packSamples } from './readArrays';
import { imageHash } from './imageHash';
import { decodeInOrder } from './readFolder';
import { ThumbFile } from './thumbFile';

/** What is needed of a project to make its cache anew. */
export type CacheOwner = Pick<
  Project,
  'cacheDir' | 'sources' | 'sourceOf' | 'fileOf' | 'thumbOffsetOf' | 'pixels' | 'volumes'
> & {
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
      // Keys of one import follow one another: its pictures, or its arrays.
      for (let key = 0; key < project.index.size;)
        key =
          project.pixels.volumeOf(key) !== null
            ? await fromStudy(project, key, thumbs, progress)
            : project.fileOf(key).file !== null
              ? await fromPictures(project, key, thumbs, progress)
              : await fromArrays(project, key, thumbs, join(folder, 'pixels'), progress);
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

/** @param first key of the first sample of these arrays. @returns the key behind their last one */
async function fromArrays(
  project: CacheOwner,
  first: number,
  thumbs: ThumbFile,
  packs: string,
  progress: Progress,
): Promise<number> {
  const { index } = project;
  const sources = project.sources();
  const batchOf = (source: number): number => Number(sources[source]?.details?.batch ?? 0);
  const batch = batchOf(project.fileOf(first).source);
  const isOurs = (key: number): boolean =>
    key < index.size &&
    project.fileOf(key).file === null &&
    project.pixels.volumeOf(key) === null &&
    batchOf(project.fileOf(key).source) === batch;
  const plan = await planArrays(
    sources.filter((s, i) => s.kind !== 'folder' && s.kind !== 'studies' && batchOf(i) === batch).map((s) => s.path),
  );
  try {
    let key = first;
    for (const part of plan.parts)
      for await (const { stored, at, hash } of packSamples(part, packs, packNameOf(batch, packName(part)))) {
        progress.at('reading', key, index.size);
        const same = isOurs(key) && hash.toString('hex') === index.contentHash(key);
        // A later import skipped what the project had already.
        if (!same && batch > 0) continue;
        if (!same) throw changed(part.images.file.path, isOurs(key) ? index.id(key) : `image ${key}`);
        await putThumb(project, key, thumbs, () => thumbs.add(stored.data, at, part.shape, false));
        key++;
      }
    if (isOurs(key)) throw changed(plan.files[0]!, index.id(key));
    return key;
  } finally {
    await plan.close();
  }
}

/** @returns the key behind the last picture that follows without an array between */
async function fromPictures(
  project: CacheOwner,
  first: number,
  thumbs: ThumbFile,
  progress: Progress,
): Promise<number> {
  const { index } = project;
  const files: string[] = [];
  for (let key = first; key < index.size && project.fileOf(key).file !== null; key++) files.push(project.sourceOf(key));
  for await (const { index: i, image } of decodeInOrder('', files)) {
    const key = first + i;
    progress.at('reading', key, index.size);
    if (image instanceof UserError) throw image;
    if (imageHash(image).toString('hex') !== index.contentHash(key)) throw changed(files[i]!, basename(files[i]!));
    const { width, height, channels, data } = image;
    await putThumb(project, key, thumbs, () => thumbs.add(data, 0, { width, height, channels, depth: 1 }, true));
  }
  return first + files.length;
}

/** The thumbnail of a study's volume, read anew. @returns the key behind it */
async function fromStudy(project: CacheOwner, key: number, thumbs: ThumbFile, progress: Progress): Promise<number> {
  progress.at('reading', key, project.index.size);
  const volume = project.pixels.volumeOf(key)!;
  const { thumb, info } = await project.volumes.digest(volume, progress.signal);
  if (info.sha256 !== project.volumes.get(volume).info.sha256)
    throw changed(project.index.id(key), project.volumes.get(volume).id);
  await putThumb(project, key, thumbs, () => thumbs.put(thumb));
  return key + 1;
}

async function putThumb(
  project: CacheOwner,
  key: number,
  thumbs: ThumbFile,
  add: () => Promise<unknown>,
): Promise<void> {
  const offset = project.thumbOffsetOf(key);
  if (offset !== null) await thumbs.skipTo(offset);
  await add();
}
