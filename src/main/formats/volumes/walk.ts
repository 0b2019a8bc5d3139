import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { VolumeRefusal } from '@shared/domain';
import { fileProblem } from './files';
import { VolumeProblem } from './problem';

/** What file managers leave behind. */
const LITTER = /^(\..*|Thumbs\.db|desktop\.ini|__MACOSX)$/i;
const MOST_FILES = 200_000;
const MOST_DEPTH = 32;

export interface Walked {
  readonly files: readonly string[];
  readonly refused: readonly VolumeRefusal[];
}

/**
 * All plain files that are meant: those named, and those below the folders named, in natural order. Links are followed to files, and to
 * folders only where they were named. Hidden files below folders are left out.
 */
export async function walk(paths: readonly string[], signal?: AbortSignal): Promise<Walked> {
  const files = new Set<string>();
  const refused: VolumeRefusal[] = [];

  async function below(folder: string, depth: number): Promise<void> {
    signal?.throwIfAborted();
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      refused.push(fileProblem(folder, error).toRefusal());
      return [];
    });
    entries.sort((a, b) => natural.compare(a.name, b.name));
    for (const entry of entries) {
      if (LITTER.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth < MOST_DEPTH) await below(path, depth + 1);
      } else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))) files.add(path);
      if (files.size > MOST_FILES) throw new VolumeProblem(folder, 'too-many', { limit: MOST_FILES });
    }
  }

  for (const path of paths.map((one) => resolve(one))) {
    try {
      if ((await stat(path)).isDirectory()) {
        const [before, said] = [files.size, refused.length];
        await below(path, 0);
        if (files.size === before && refused.length === said) throw new VolumeProblem(path, 'no-files');
      } else files.add(path);
    } catch (error) {
      signal?.throwIfAborted();
      refused.push(fileProblem(path, error).toRefusal());
    }
  }
  return { files: [...files], refused };
}

const natural = new Intl.Collator('en', { numeric: true });

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
