import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@main/formats';
import type { StoredTensor } from '@main/formats';
import { UserError } from '@shared/errors';

const ENDING = '.safetensors';

/**
 * Writes a file of the person's library, by rename; what is equal already there is the same file.
 * @param words what it is called by; a piece of its hash is added @returns its path
 */
export async function keepInLibrary(
  folder: string,
  words: readonly string[],
  tensors: Record<string, StoredTensor>,
  metadata: Record<string, string>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const making = join(folder, `.making-${process.pid}${ENDING}`);
  try {
    await writeSafetensors(making, tensors, metadata);
    const stem = [...words, (await libraryHash(making)).slice(0, 12)].join('-');
    const target = join(folder, stem.replace(/[^\w.-]+/g, '-') + ENDING);
    await rename(making, target);
    return target;
  } finally {
    await rm(making, { force: true });
  }
}

/** What the files of a library say of themselves, by name; files that are of another kind are left out. */
export async function listLibrary<T>(folder: string, read: (path: string) => Promise<T>): Promise<T[]> {
  if (!existsSync(folder)) return [];
  const found: T[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith(ENDING) || name.startsWith('.')) continue;
    try {
      found.push(await read(join(folder, name)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      console.error(`${name} is left out of the library: ${error.message}`);
    }
  }
  return found;
}

const known = new Map<string, string>();

/** SHA-256 of a file, remembered while size and time stay. */
export async function libraryHash(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const key = `${path} ${size} ${mtimeMs}`;
  const before = known.get(key);
  if (before) return before;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  const sha256 = hash.digest('hex');
  known.set(key, sha256);
  return sha256;
}
