import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/**
 * Finds the picture that a table's path means: relative to the folder or to the table's own folder, or absolute, with either kind of
 * slash; without an ending where just one picture has that name.
 * @param pictures ids: paths relative to `root`, with `/`
 * @returns the id, null where it is none of the folder's pictures
 */
export function placer(root: string, table: string, pictures: readonly string[]): (path: string) => string | null {
  // Some systems take accents apart in the names of files.
  const known = new Map(pictures.map((id) => [id.normalize('NFC'), id]));
  const stems = new Map<string, string | null>();
  for (const id of pictures) {
    const stem = id.normalize('NFC').replace(/\.[^./]+$/, '');
    stems.set(stem, stems.has(stem) ? null : id);
  }
  const beside = dirname(resolve(table));
  return (path) => {
    const local = path.trim().replaceAll('\\', '/').normalize('NFC');
    if (local === '') return null;
    const here = known.get(local);
    if (here !== undefined) return here;
    for (const full of isAbsolute(local) ? [local] : [join(root, local), join(beside, local)]) {
      const id = relative(root, full).split(sep).join('/');
      const found = known.get(id) ?? stems.get(id);
      if (found != null) return found;
    }
    return null;
  };
}
