import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { FolderListing } from '@shared/domain';
import { UserError } from '@shared/errors';

type Entry = FolderListing['entries'][number];
const ORDER: Record<Entry['kind'], number> = { project: 0, folder: 1, file: 2 };

/**
 * One folder of this machine, projects and folders first; hidden names are left out. Of a file: the folder that holds it.
 * @throws UserError where it cannot be read
 */
export async function listFolder(asked: string | null): Promise<FolderListing> {
  const dir = await folderOf(resolve(asked ?? homedir()));
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError(missing ? 'file-missing' : 'file-unreadable', missing ? 'no such folder' : 'cannot be read', {
      file: dir,
      cause,
    });
  }
  const entries = await Promise.all(names.filter((name) => !name.startsWith('.')).map((name) => entryOf(dir, name)));
  return {
    dir,
    parent: dirname(dir) === dir ? null : dirname(dir),
    entries: entries
      .filter((entry) => entry !== null)
      .sort((a, b) => ORDER[a.kind] - ORDER[b.kind] || a.name.localeCompare(b.name, undefined, { numeric: true })),
  };
}

/** What cannot be looked at stays as it is: reading it says why. */
async function folderOf(path: string): Promise<string> {
  try {
    return (await stat(path)).isFile() ? dirname(path) : path;
  } catch {
    return path;
  }
}

/** null for what vanished meanwhile, leads nowhere, or is neither file nor folder. */
async function entryOf(dir: string, name: string): Promise<Entry | null> {
  const path = join(dir, name);
  try {
    const found = await stat(path);
    if (found.isFile()) return { name, path, kind: 'file', bytes: found.size };
    if (!found.isDirectory()) return null;
    return { name, path, kind: existsSync(join(path, 'project.db')) ? 'project' : 'folder', bytes: null };
  } catch {
    return null;
  }
}
