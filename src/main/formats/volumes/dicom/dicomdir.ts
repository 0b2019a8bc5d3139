import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Dataset } from './dataset';
import { DirectoryRecords, ReferencedFileId } from './tags';

/** Only a directory has records. */
export const isDicomdir = (data: Dataset): boolean => data.has(DirectoryRecords);

/**
 * The files that a DICOMDIR lists, beside it or below it. Names are found whatever their case: disks write capitals, copies often do not.
 * @returns absolute paths; `missing` are those that are not there
 */
export async function dicomdirFiles(path: string, data: Dataset): Promise<{ files: string[]; missing: string[] }> {
  const files: string[] = [];
  const missing: string[] = [];
  const listed = new Map<string, string[]>();
  for (const record of data.items(DirectoryRecords)) {
    const parts = record.texts(ReferencedFileId).filter((part) => part !== '');
    // PS3.10: components of a File ID are plain names. Anything else would lead out of the folder.
    if (parts.length === 0 || parts.some((part) => /[/\\]|^\.+$/.test(part))) continue;
    let at: string | undefined = dirname(path);
    for (const part of parts) at = at === undefined ? undefined : await child(at, part, listed);
    if (at === undefined) missing.push(join(dirname(path), ...parts));
    else files.push(at);
  }
  return { files, missing };
}

async function child(folder: string, name: string, listed: Map<string, string[]>): Promise<string | undefined> {
  let names = listed.get(folder);
  if (!names) {
    names = await readdir(folder).catch(() => []);
    listed.set(folder, names);
  }
  const found = names.includes(name) ? name : names.find((other) => other.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : join(folder, found);
}
