import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError } from '@main/formats';
import { UserError } from '@shared/errors';

/** One file of a copy. */
export interface CopyFile {
  readonly from: string;
  /** Below the copy's folder. */
  readonly to: string;
  readonly bytes: number;
  /** May vanish while it is copied (what a run writes and removes). */
  readonly passing: boolean;
}

/** Half-written files and folders that their writers rename or remove. */
const isUnfinished = (name: string): boolean =>
  name.endsWith('.part') || name.startsWith('.making-') || name.startsWith('rebuilding-');

/** All files below a folder; none where it is not there. @param to folder in the copy */
export async function filesBelow(from: string, to: string, passing: boolean): Promise<CopyFile[]> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  const files: CopyFile[] = [];
  for (const entry of entries) {
    if (isUnfinished(entry.name)) continue;
    const [path, place] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) files.push(...(await filesBelow(path, place, passing)));
    else if (entry.isFile()) {
      const found = await stat(path).catch(() => null);
      if (found) files.push({ from: path, to: place, bytes: found.size, passing });
    }
  }
  return files;
}

export const sum = (files: readonly { bytes: number }[]): number =>
  files.reduce((bytes, file) => bytes + file.bytes, 0);

/**
 * Copies one file, and makes it durable.
 * @returns SHA-256 of what was read; null where a passing file has vanished
 * @throws UserError `disk-full`, `file-unreadable`, `file-missing`
 */
export async function copyHashed(
  file: CopyFile,
  target: string,
  onBytes: (count: number) => void,
): Promise<string | null> {
  const to = join(target, file.to);
  const hash = createHash('sha256');
  try {
    await mkdir(dirname(to), { recursive: true });
    // Opened before anything is written: a file that has gone leaves no empty one behind.
    const source = await open(file.from, 'r');
    const out = await open(to, 'wx').catch(async (error: unknown) => {
      await source.close();
      throw error;
    });
    try {
      for await (const chunk of createReadStream('', { fd: source, highWaterMark: 1 << 20 })) {
        hash.update(chunk as Buffer);
        await out.writeFile(chunk as Buffer);
        onBytes((chunk as Buffer).length);
      }
      await out.sync();
    } finally {
      await out.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const told = fileError(error, file.from);
    if (file.passing && told.code === 'file-missing') return null;
    throw told.code === 'disk-full' ? fileError(error, to) : told;
  }
  return hash.digest('hex');
}
