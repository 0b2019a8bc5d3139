import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '@shared/errors';

/** Takes one file out of a library's folder. @param id its name @throws UserError file-missing with the reason */
export async function removeFromLibrary(folder: string, id: string, reason: string): Promise<void> {
  const file = join(folder, id);
  if (basename(file) !== id || !existsSync(file)) throw new UserError('file-missing', reason, { file: id });
  await rm(file);
}
