import { access } from 'node:fs/promises';
import { nameOf } from '../files';
import { VolumeProblem } from '../problem';

/** `name.img` of a `name.hdr`, either of them gzipped, in whatever case. @throws VolumeProblem `data-missing` */
export async function imageBeside(header: string): Promise<string> {
  const image = await beside(header, /\.hdr(\.gz)?$/i, ['.img', '.img.gz', '.IMG', '.IMG.GZ']);
  if (image === null) throw new VolumeProblem(header, 'data-missing', { name: `${nameOf(header)}.img` });
  return image;
}

/** `name.hdr` of a `name.img`; null where there is none, and of any other name. */
export const headerBeside = (image: string): Promise<string | null> =>
  beside(image, /\.img(\.gz)?$/i, ['.hdr', '.hdr.gz', '.HDR', '.HDR.GZ']);

async function beside(file: string, ending: RegExp, others: readonly string[]): Promise<string | null> {
  const base = file.replace(ending, '');
  if (base === file) return null;
  for (const other of others) {
    const there = await access(base + other).then(
      () => true,
      () => false,
    );
    if (there) return base + other;
  }
  return null;
}
