import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatOf } from '@main/formats/volumes';

/** Files that are looked into before it is decided. */
const LOOKED_INTO = 400;
const PICTURE = /\.(png|jpe?g|tiff?)$/i;
const STUDIES = new Set(['dicom', 'nifti', 'nrrd', 'metaimage']);

/** Whether files and folders hold studies rather than pictures or arrays: told by content, as names of DICOM files say nothing. */
export async function holdStudies(paths: readonly string[], kinds: readonly ('file' | 'folder')[]): Promise<boolean> {
  if (kinds[0] === 'file') return isStudy(paths[0]!);
  let [studies, pictures, looked] = [0, 0, 0];
  const open = paths.filter((_, i) => kinds[i] === 'folder');
  for (let dir = open.shift(); dir !== undefined && looked < LOOKED_INTO; dir = open.shift()) {
    for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
      if (entry.name.startsWith('.')) continue;
      const path = join(dir, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (PICTURE.test(entry.name)) pictures++;
      else if (looked++ < LOOKED_INTO && (await isStudy(path))) studies++;
    }
  }
  // Disks with studies carry a viewer with its icons, folders of pictures the odd scan.
  return studies > pictures;
}

const isStudy = (path: string): Promise<boolean> =>
  formatOf(path).then(
    (format) => STUDIES.has(format),
    () => false,
  );
