import { existsSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskSpace, SpaceLevel, StorageSizes } from '@shared/domain';

/** Below this much, or this part of the disk, it is said; below the last, nothing but labels is written any more. */
const LOW_BYTES = 2 * 2 ** 30;
const LOW_PART = 0.03;
const FULL_BYTES = 256 * 2 ** 20;

/** @param freeBytes of the disk that this account may use */
export function levelOf(freeBytes: number, totalBytes: number): SpaceLevel {
  // A small disk (a stick, a quota) is not full because it is small.
  if (freeBytes < Math.min(FULL_BYTES, 0.02 * totalBytes)) return 'full';
  return freeBytes < Math.min(LOW_BYTES, Math.max(LOW_PART * totalBytes, FULL_BYTES)) ? 'low' : 'enough';
}

/** Room on the disk that holds a folder. @throws Error where the folder is not there */
export async function spaceOf(dir: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(dir);
  const [freeBytes, totalBytes] = [bavail * bsize, blocks * bsize];
  return { freeBytes, totalBytes, level: levelOf(freeBytes, totalBytes) };
}

/** Bytes of a file or of all files below a folder; 0 where there is none. */
export async function bytesOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (!found) return 0;
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path).catch(() => []);
  let bytes = 0;
  for (const name of names) bytes += await bytesOf(join(path, name));
  return bytes;
}

/** What a project's folder is made of. */
export async function sizesOf(dir: string): Promise<Omit<StorageSizes, 'originals'>> {
  const of = (...parts: string[]): Promise<number> => bytesOf(join(dir, ...parts));
  const [main, log, pixels, thumbnails, features, runs, backups, exports] = await Promise.all([
    of('project.db'),
    of('project.db-wal'),
    of('cache', 'pixels'),
    of('cache', 'thumbs.bin'),
    of('cache', 'features'),
    of('runs'),
    of('backups'),
    of('exports'),
  ]);
  return { database: main + log, pixels, thumbnails, features, runs, backups, exports };
}

/** Whether the decoded pictures of a project are there. */
export const picturesThere = (cacheDir: string): boolean => existsSync(join(cacheDir, 'thumbs.bin'));
