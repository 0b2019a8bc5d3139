import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeCsv } from '@main/formats';
import type { ReportFile } from '@main/insight/report';
import { UserError } from '@shared/errors';

const TEXT = 'methods.md';
const FIGURES = 'figures';

/** A folder of that name below another, numbered where it is taken. */
export function freeFolder(parent: string, name: string): string {
  for (let n = 1; ; n++) {
    const dir = join(parent, n === 1 ? name : `${name}-${n}`);
    if (!existsSync(dir)) return dir;
  }
}

/**
 * Writes a report into a folder that is new, empty, or holds an earlier report, which it replaces; everything is there before the
 * folder changes.
 * @returns paths inside the folder
 * @throws UserError where the folder holds something else or cannot be written
 */
export async function writeReport(dir: string, files: readonly ReportFile[]): Promise<string[]> {
  try {
    await mkdir(dir, { recursive: true });
    const there = await readdir(dir);
    if (there.length > 0 && !there.includes(TEXT))
      throw new UserError('file-unreadable', 'this folder holds other files: name a new or an empty one', {
        file: dir,
      });
    const making = await mkdtemp(join(dirname(dir), '.report-'));
    try {
      await mkdir(join(making, FIGURES));
      for (const file of files)
        await writeFile(
          join(making, file.path),
          // Excel takes a CSV for UTF-8 only where it begins with a byte order mark.
          'text' in file ? file.text : `\uFEFF${writeCsv(file.table.columns, file.table.rows)}`,
          { flag: 'wx' },
        );
      await rm(join(dir, FIGURES), { recursive: true, force: true });
      for (const name of [FIGURES, TEXT]) await rename(join(making, name), join(dir, name));
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (code === 'ENOSPC') throw new UserError('disk-full', 'the report was not written', { file: dir, cause });
    if (code === 'ENOTDIR' || code === 'EEXIST')
      throw new UserError('file-unreadable', 'this is a file, not a folder', { file: dir, cause });
    throw new UserError('file-unreadable', 'the report cannot be written there', { file: dir, cause });
  }
  return files.map(({ path }) => path).sort();
}
