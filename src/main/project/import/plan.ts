import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import type { PartialTableMap, Split } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError, openArrays, type ArrayFile, type ArrayMember } from '@main/formats';
import { imageShape } from './imageShape';
import { holdStudies } from './studies/sniff';
import type { PixelShape } from './content';

/** An array of images, with its labels where there are any. */
export interface ArrayPart {
  readonly split: Split | null;
  readonly images: { readonly file: ArrayFile; readonly member: ArrayMember };
  readonly labels: { readonly file: ArrayFile; readonly member: ArrayMember } | null;
  readonly count: number;
  readonly shape: PixelShape;
  /** Index of the images' file in the plan's `files`. */
  readonly source: number;
}

/** What the given paths are. `close` frees the files. */
export interface ArraysPlan {
  readonly kind: 'npz' | 'npy';
  /** Absolute. */
  readonly files: readonly string[];
  readonly parts: readonly ArrayPart[];
  readonly close: () => Promise<void>;
}
export type SourcePlan =
  | ArraysPlan
  | {
      readonly kind: 'studies';
      /** Absolute: files and folders that were named. */
      readonly paths: readonly string[];
      readonly table: string | null;
      readonly map: PartialTableMap;
      readonly close: () => Promise<void>;
    }
  | {
      readonly kind: 'folder';
      readonly root: string;
      readonly table: string | null;
      readonly map: PartialTableMap;
      readonly close: () => Promise<void>;
    };

const SPLITS: readonly Split[] = ['train', 'val', 'test'];

/**
 * Finds out what kind of source the paths are: one npz, NumPy files (given or in a folder), a folder of pictures, or studies: files and
 * folders of DICOM, NIfTI, NRRD or MetaImage.
 * @param studies they are, whatever else lies there
 * @throws UserError for what is missing, mixed, or holds no images
 */
export async function planSource(
  paths: readonly string[],
  table?: string,
  map: PartialTableMap = {},
  studies = false,
): Promise<SourcePlan> {
  const files = paths.map((path) => resolve(path));
  const first = files[0];
  if (first === undefined) throw new UserError('value-invalid', 'name a file or folder to import');
  const kinds = await Promise.all(files.map(kindOf));
  if (studies || (await holdStudies(files, kinds)))
    return {
      kind: 'studies',
      paths: files,
      table: table === undefined ? null : resolve(table),
      map,
      close: () => Promise.resolve(),
    };
  if (kinds[0] === 'folder') {
    if (files.length > 1)
      throw new UserError('file-unsupported', 'one folder at a time is imported', { file: files[1] });
    const inside = await arraysInFolder(first);
    if (inside.length === 0 || table !== undefined)
      return {
        kind: 'folder',
        root: first,
        table: table === undefined ? null : resolve(table),
        map,
        close: () => Promise.resolve(),
      };
    return planArrays(inside);
  }
  const folder = files.find((_, i) => kinds[i] === 'folder');
  if (folder !== undefined)
    throw new UserError('file-unsupported', 'files and folders are not imported together', { file: folder });
  if (table !== undefined)
    throw new UserError('value-invalid', 'a table goes with a folder of pictures, not with NumPy files', {
      file: resolve(table),
    });
  return planArrays(await withLabelsBeside(files));
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    throw fileError(error, path);
  }
}

/** A folder may hold `images.npy` and `labels.npy`, or one npz, in place of pictures. */
async function arraysInFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(error, folder);
  });
  const npy = names.filter((name) => /^((train|val|test)_)?(images|labels)\.npy$/.test(name)).sort();
  if (npy.some((name) => name.includes('images'))) return npy.map((name) => join(folder, name));
  const npz = names.filter((name) => name.endsWith('.npz'));
  return npz.length === 1 ? [join(folder, npz[0]!)] : [];
}

/** `images.npy` alone brings the `labels.npy` beside it. */
async function withLabelsBeside(files: readonly string[]): Promise<string[]> {
  const only = files[0]!;
  if (files.length !== 1 || basename(only) !== 'images.npy') return [...files];
  const labels = join(resolve(only, '..'), 'labels.npy');
  return (await stat(labels).then(
    (s) => s.isFile(),
    () => false,
  ))
    ? [only, labels]
    : [only];
}

/** Opens NumPy files and finds their images and labels. @throws UserError as `planSource` */
export async function planArrays(files: readonly string[]): Promise<ArraysPlan> {
  const opened: ArrayFile[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((file) => file.close()));
  };
  try {
    for (const path of files) opened.push(await openArrays(path));
    const kind = opened.some((file) => isNpz(file.path, file)) ? 'npz' : 'npy';
    if (kind === 'npz' && opened.length > 1)
      throw new UserError('file-unsupported', 'one npz file at a time is imported', { file: files[1] });
    return { kind, files, parts: partsOf(opened), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const isNpz = (path: string, file: ArrayFile): boolean =>
  file.members.length !== 1 || file.unreadable.size > 0 || extname(path).toLowerCase() === '.npz';

/** Pairs arrays of images with those of labels by name. */
function partsOf(files: readonly ArrayFile[]): ArrayPart[] {
  const where = files[0]!.path;
  const find = (name: string): ArrayPart['labels'] => {
    for (const file of files) {
      const member = file.member(name);
      if (member) return { file, member };
      const why = file.unreadable.get(name);
      if (why !== undefined)
        throw new UserError('file-unsupported', `the array "${name}" is not read: ${why}`, { file: file.path });
    }
    return null;
  };
  const named = (split: Split | null, prefix: string): ArrayPart[] => {
    const images = find(`${prefix}images`);
    const labels = find(`${prefix}labels`);
    if (!images) {
      if (labels)
        throw new UserError('file-no-samples', `it has "${prefix}labels" but no "${prefix}images"`, {
          file: labels.file.path,
        });
      return [];
    }
    const { count, shape } = imageShape(images.member, images.file.path);
    return [{ split, images, labels, count, shape, source: files.indexOf(images.file) }];
  };
  const parts = SPLITS.flatMap((split) => named(split, `${split}_`));
  const plain = named(null, '');
  if (parts.length > 0 && plain.length > 0)
    throw new UserError('file-unsupported', 'it has both "images" and "train_images": which are meant?', {
      file: where,
    });
  const all = parts.length > 0 ? parts : plain;
  const lone = files.length === 1 && files[0]!.members.length === 1 ? files[0]!.members[0]! : undefined;
  if (all.length === 0 && lone && extname(where).toLowerCase() === '.npy') {
    const { count, shape } = imageShape(lone, where);
    return check(
      [{ split: null, images: { file: files[0]!, member: lone }, labels: null, count, shape, source: 0 }],
      where,
    );
  }
  return check(all, where);
}

function check(parts: ArrayPart[], where: string): ArrayPart[] {
  if (parts.length === 0)
    throw new UserError('file-no-samples', 'it has no arrays "images" or "train_images", "val_images", "test_images"', {
      file: where,
    });
  if (parts.every((part) => part.count === 0))
    throw new UserError('file-no-samples', 'its arrays hold no image', { file: where });
  for (const part of parts) {
    const first = parts[0]!.shape;
    if (part.shape.depth > 1 !== first.depth > 1 || part.shape.channels !== first.channels)
      throw new UserError(
        'file-damaged',
        `"${part.images.member.name}" has another kind of image than "${parts[0]!.images.member.name}"`,
        {
          file: part.images.file.path,
        },
      );
    if ((part.labels === null) !== (parts[0]!.labels === null))
      throw new UserError(
        'file-damaged',
        `some of its splits have labels, "${(part.labels ? parts[0]! : part).images.member.name}" has none`,
        {
          file: where,
        },
      );
  }
  return parts;
}
