import { relative } from 'node:path';
import type { Deidentification, HEADER_COLUMNS, VolumeInfo } from '@shared/domain';
import { UserError } from '@shared/errors';
import { VolumeProblem } from '@main/formats/volumes';
import { keyedHash } from '../../identity';
import { volumeContent } from '../../volumeContent';
import type { NewMetadata, NewVolume } from '../../types';
import { stateOf, type VolumeReading } from '../../volumes';
import type { Collector } from '../collector';
import type { Progress } from '../progress';
import type { RowFacts } from '../table/rows';
import { deidentify, uidOf } from './deidentify';
import { speaksOfHead } from './descriptors';
import type { VolumeDigest } from './digest';
import { fileOf, type StudyItem } from './items';

/** A chosen volume with what a table says of it. */
export interface StudyEntry {
  readonly item: StudyItem;
  readonly facts: RowFacts | null;
  /** Of the table where it says one, else of the file or the rule. */
  readonly patient: string | null;
}

export interface CollectedStudies {
  readonly read: readonly StudyEntry[];
  /** By sample. */
  readonly volumes: readonly NewVolume[];
  readonly quarantined: readonly { readonly file: string; readonly reason: string }[];
}

/** Modalities of scans that a face can be rebuilt from. */
const SURFACES = new Set<string | null>(['CT', 'MR', 'PT', null]);
/** A thinner stack of slices shows no face. */
const FACE_SLICES = 10;

/**
 * Reads volumes from end to end, one after the other; what cannot be read is put aside with its reason, and the rest goes on.
 * @param o.secret of the project (to be): pseudonyms follow from it
 */
export async function collectStudies(
  entries: readonly StudyEntry[],
  collector: Collector,
  progress: Progress,
  o: {
    readonly reading: VolumeReading;
    readonly roots: readonly string[];
    readonly secret: string;
    readonly options: Deidentification;
    readonly classOf: (entry: StudyEntry) => number;
    /** Where there are questions: answers of volumes without a row. */
    readonly noAnswers?: Uint8Array;
  },
): Promise<CollectedStudies> {
  const read: StudyEntry[] = [];
  const volumes: NewVolume[] = [];
  const quarantined: { file: string; reason: string }[] = [];
  const taken = new Set<string>();
  collector.widen('uint8', 0, 255);
  for (const [index, entry] of entries.entries()) {
    progress.at('reading', index, entries.length);
    let digest: VolumeDigest;
    try {
      digest = await o.reading.digest(entry.item.entry, progress.signal);
    } catch (error) {
      progress.check();
      if (!(error instanceof VolumeProblem)) throw error;
      quarantined.push({ file: fileOf(entry.item), reason: error.toRefusal().reason });
      continue;
    }
    const volume = await volumeOf(entry, digest, o, taken);
    const { size, components } = digest.info;
    await collector.add({
      hash: Buffer.from(volumeContent(digest.info), 'hex'),
      shape: { width: size[0], height: size[1], depth: size[2], channels: components },
      type: 'uint8',
      ready: { thumb: digest.thumb, look: digest.look },
      split: entry.facts?.split ?? null,
      class: o.classOf(entry),
      answers: entry.facts?.answers ?? o.noAnswers,
      place: read.length,
      offset: 0,
    });
    read.push(entry);
    volumes.push(volume);
  }
  progress.at('reading', entries.length, entries.length);
  return { read, volumes, quarantined };
}

async function volumeOf(
  { item, patient }: StudyEntry,
  { info, look }: VolumeDigest,
  { secret, options }: { readonly secret: string; readonly options: Deidentification },
  taken: Set<string>,
): Promise<NewVolume> {
  const { entry, folder, files, part, root, kind } = item;
  const subject = entry.subject ?? null;
  const id = pseudonym(secret, info.modality, `${info.series?.uid ?? ''} ${info.sha256}`, taken);
  const clean = deidentify(info, subject, { secret, id, patient, options });
  return {
    id,
    info: clean.info,
    about: {
      kind,
      burnedIn: burnedInOf(info),
      head: mayShowFace(item),
      deidentified: options,
      attributes: { ...clean.attributes },
    },
    patient,
    // Volumes of files without studies are each a study of their own.
    study: info.study ? uidOf(secret, info.study.uid) : id,
    look,
    original: {
      source: root,
      folder,
      files: [...files],
      part,
      state: (await stateOf(info.files)) ?? '',
      subject,
      study: info.study ?? null,
      series: info.series ? { uid: info.series.uid, description: info.series.description } : null,
    },
  };
}

/** Whether names may stand in the pixels. */
export function burnedInOf({ notes }: Pick<VolumeInfo, 'notes'>): 'yes' | 'likely' | null {
  const note = notes.find(({ code }) => code === 'burned-in-text');
  return note ? (note.values.certain === 'yes' ? 'yes' : 'likely') : null;
}

/** Whether a face may be rebuilt from it, as far as words of its header (of other files their names) tell. */
export function mayShowFace({ entry: { header, subject }, kind, folder, files }: StudyItem): boolean {
  const { modality, size, study, series } = header;
  const said = [subject?.bodyPart, subject?.protocol, study?.description, series?.description];
  const texts = subject ? said.map((text) => text ?? '') : [folder, files[0]!];
  return (
    (kind === 'image' || kind === 'derived') && SURFACES.has(modality) && size[2] >= FACE_SLICES && speaksOfHead(texts)
  );
}

/** What a volume is called everywhere: `CT-1a2b3c4d`, the same for the same in a project. */
function pseudonym(secret: string, modality: string | null, what: string, taken: Set<string>): string {
  const kind = /^[A-Z]{2,4}$/.test(modality ?? '') ? modality! : 'VOL';
  for (let n = 0; ; n++) {
    const id = `${kind}-${keyedHash(secret, 'volume', n === 0 ? what : `${what} ${n}`).slice(0, 10)}`;
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}

/** Columns to filter by, of what is left of the headers. */
export function studyMetadata(volumes: readonly NewVolume[]): NewMetadata[] {
  const column = (
    name: (typeof HEADER_COLUMNS)[number],
    of: (volume: NewVolume) => string | undefined,
  ): NewMetadata => ({
    name,
    values: volumes.map((volume) => of(volume) || null),
  });
  return [
    column('Modality', ({ about }) => about.attributes.Modality),
    column('Body part', ({ about }) => about.attributes.BodyPartExamined),
    column('Series', ({ about }) => about.attributes.SeriesDescription),
    column('Manufacturer', ({ about }) => about.attributes.Manufacturer),
    column('Sex', ({ about }) => about.attributes.PatientSex),
    column('Text in pixels', ({ about }) => about.burnedIn ?? undefined),
  ].filter(({ values }) => values.some((value) => value !== null));
}

/** Refusals as the import tells them: what nobody takes for a study goes without saying. */
export function quarantineOf(
  refused: readonly { readonly file: string; readonly code: string; readonly reason: string }[],
  roots: readonly string[],
): { file: string; reason: string }[] {
  const below = (file: string): string => {
    const root = roots.find((dir) => !relative(dir, file).startsWith('..'));
    return root === undefined ? file : relative(root, file);
  };
  return refused
    .filter(({ file, code }) => !(code === 'unknown-format' || code === 'empty' ? BESIDE.test(file) : false))
    .map(({ file, reason }) => ({ file: below(file), reason }));
}

const BESIDE =
  /\.(json|txt|csv|tsv|xlsx?|md|bvals?|bvecs?|pdf|xml|html?|css|js|exe|inf|ini|log|zip|doc|docx|ico|sh|py|m)$|(^|[\\/])(readme|license|changes|autorun)[^\\/]*$/i;

/** No volume could be read. */
export const noneRead = (entries: number, first: string | undefined, file: string): UserError =>
  new UserError('file-no-samples', `none of its ${entries} volumes can be read (${first ?? 'nothing was tried'})`, {
    file,
  });
