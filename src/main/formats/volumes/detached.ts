import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { sizeOf } from './files';
import { VolumeProblem } from './problem';

/**
 * The file that a header names for its voxels: beside it or below its folder. A header comes from anywhere; it must not make a picture of
 * any other file of this machine, through a link either.
 * @returns absolute path
 */
export async function detachedFile(header: string, name: string): Promise<string> {
  const folder = dirname(header);
  const path = resolve(folder, name.replace(/\\/g, '/'));
  if (isAbsolute(name) || !within(folder, path)) throw new VolumeProblem(header, 'data-outside', { name });
  await sizeOf(path).catch((cause: unknown) => {
    throw new VolumeProblem(header, 'data-missing', { name }, { cause });
  });
  if (!within(await realpath(folder), await realpath(path))) throw new VolumeProblem(header, 'data-outside', { name });
  return path;
}

function within(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
