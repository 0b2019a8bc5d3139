import { basename, dirname, extname, relative, sep } from 'node:path';
import type { StudyOptions, VolumeKind } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { VolumeEntry } from '@main/formats/volumes';
import { patientOf } from '../../identity';

/** A listed volume as a sample to be: whose it is, what it is, and where it lies below which root. */
export interface StudyItem {
  readonly entry: VolumeEntry;
  readonly kind: VolumeKind;
  /** Number of its root. */
  readonly root: number;
  /** Below the root, with `/`; names follow it. */
  readonly folder: string;
  readonly files: readonly string[];
  /** Which of the volumes in just these files. */
  readonly part: number;
  /** As `patientOf`; null where neither file nor rule says. */
  readonly patient: string | null;
}

const NOTED: readonly VolumeKind[] = ['localiser', 'dose-report', 'secondary-capture', 'derived'];
/** How files of label maps, or their folders, are called. */
const LABEL_MAP = /(^|[^a-z])(labels?(tr|ts)?|seg|segs|segmentations?|masks?|rois?|aparc|aseg|aal|atlas)([^a-z]|$)/i;

export function kindOf({ header }: Pick<VolumeEntry, 'header'>): VolumeKind {
  const noted = NOTED.find((kind) => header.notes.some(({ code }) => code === kind));
  if (noted) return noted;
  if (header.modality === 'SEG') return 'label-map';
  const file = header.files[0]!;
  const named = header.format !== 'dicom' && LABEL_MAP.test(`${basename(dirname(file))} ${basename(file)}`);
  return named ? 'label-map' : 'image';
}

/** @param roots folders, absolute. @throws UserError `value-invalid` where the rule for patients is none */
export function itemsOf(entries: readonly VolumeEntry[], roots: readonly string[], rule: string): StudyItem[] {
  const patientFor = patientRule(rule);
  const seen = new Map<string, number>();
  return entries.map((entry) => {
    const { files } = entry.header;
    const all = JSON.stringify([...files].sort());
    const part = seen.get(all) ?? 0;
    seen.set(all, part + 1);
    const root = Math.max(
      0,
      roots.findIndex((dir) => isBelow(dir, files[0]!)),
    );
    const below = files.map((file) => relative(roots[root]!, file).split(sep).join('/'));
    const folder = commonFolder(below);
    const { subject } = entry;
    const patient = subject?.patientId
      ? patientOf(subject.patientId, subject.issuer)
      : subject
        ? null
        : patientFor(below[0]!);
    return {
      entry,
      kind: kindOf(entry),
      root,
      folder,
      files: below.map((file) => (folder === '' ? file : file.slice(folder.length + 1))),
      part,
      patient,
    };
  });
}

const isBelow = (dir: string, file: string): boolean => {
  const path = relative(dir, file);
  return path !== '' && !path.startsWith('..') && path !== file;
};

/** The folder that all of these lie in. */
function commonFolder(files: readonly string[]): string {
  let parts = files[0]!.split('/').slice(0, -1);
  for (const file of files) {
    const own = file.split('/');
    const same = parts.findIndex((part, i) => part !== own[i]);
    if (same >= 0) parts = parts.slice(0, same);
  }
  return parts.join('/');
}

/** Patients of files that do not say whose they are. @returns by the path below the root */
function patientRule(rule: string): (path: string) => string | null {
  const stem = (path: string): string => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return name.replace(/\.gz$/i, '').slice(0, -extname(name.replace(/\.gz$/i, '')).length || undefined);
  };
  if (rule === 'none') return () => null;
  if (rule === 'name') return (path) => stem(path) || null;
  if (rule === 'folder') return (path) => path.split('/').at(-2) ?? null;
  let pattern: RegExp;
  try {
    pattern = new RegExp(rule);
  } catch (cause) {
    throw new UserError('value-invalid', `"${rule}" is no regular expression`, { cause });
  }
  if (!/\((?!\?[:=!<])/.test(rule))
    throw new UserError(
      'value-invalid',
      `"${rule}" names no patient: use none, name, folder, or a regular expression with a group`,
    );
  return (path) => pattern.exec(path)?.[1] ?? null;
}

const KIND_WORDS = {
  localiser: 'a localiser',
  'dose-report': 'a dose report',
  'secondary-capture': 'a capture of a screen',
  derived: 'derived from other images, not as acquired',
  'label-map': 'a label map',
} as const satisfies Record<Exclude<VolumeKind, 'image'>, string>;
const NOT_IMAGES = Object.keys(KIND_WORDS) as (keyof typeof KIND_WORDS)[];

/** What is no image and nobody asked for, kind by kind. A person who chose among the volumes has seen them: nothing is said. */
export function leftOutKinds(items: readonly StudyItem[], options: StudyOptions): { file: string; reason: string }[] {
  if (options.only) return [];
  const left = items.filter((item) => !options.kinds.includes(item.kind) && fits(item, options));
  return NOT_IMAGES.flatMap((kind) => {
    const [first, ...more] = left.filter((item) => item.kind === kind);
    if (!first) return [];
    const file = more.length === 0 ? fileOf(first) : `${fileOf(first)} and ${more.length} more`;
    return [{ file, reason: `${KIND_WORDS[kind]}: left out unless asked for by "${kind}"` }];
  });
}

/** Whether a volume is of the series that were asked for. */
const fits = ({ entry: { header } }: StudyItem, { series }: StudyOptions): boolean =>
  series.length === 0 ||
  series.some((part) =>
    [header.name, header.modality ?? '', header.series?.uid ?? ''].some((text) =>
      text.toLowerCase().includes(part.toLowerCase()),
    ),
  );

/** What becomes a sample. @throws UserError `file-no-samples` where nothing does */
export function chosenItems(items: readonly StudyItem[], options: StudyOptions, file: string): StudyItem[] {
  const wanted = options.only ? new Set(options.only) : null;
  const chosen = items.filter((item) =>
    wanted ? wanted.has(item.entry.id) : options.kinds.includes(item.kind) && fits(item, options),
  );
  if (chosen.length > 0) return chosen;
  throw new UserError(
    'file-no-samples',
    items.length === 0
      ? 'it holds no volume that can be read'
      : `none of its ${items.length} volumes is chosen: localisers, captures, reports, derived images and label maps are left out unless they are asked for`,
    { file },
  );
}

/** The first file of a volume below its root, for the person who imports it and for the identity file. */
export const fileOf = ({ folder, files }: Pick<StudyItem, 'folder' | 'files'>): string =>
  [folder, files[0]].filter(Boolean).join('/');
