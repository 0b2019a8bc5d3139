import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { folderMeaning, NEAR, type FolderMeaning, type TableMap } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import type { Project } from '../project';
import type { ProjectSource } from '../types';
import { askedQuestions, namedClasses, numberedClasses, numberedQuestions, type ClassTable } from './classes';
import { Collector, type OtherSample } from './collector';
import { findDuplicates } from './duplicates';
import { Draft, type DraftMaterial } from './draft';
import { planFolder, type FolderEntry } from './folder';
import { GrowthDraft } from './grow/draft';
import { matchSamples } from './grow/match';
import type { ImportDraft, InspectOptions } from './index';
import { STAGED } from './commit';
import { countClasses, readLabels, type PartLabels } from './labels';
import { officialSet, type OfficialSet } from './medmnist';
import { planSource, type ArrayPart, type SourcePlan } from './plan';
import { Progress } from './progress';
import { arraySampleId, collectArrays, packName } from './readArrays';
import { collectFolder } from './readFolder';
import { ownedName, removeAbandoned } from './staging';
import { fromStudies } from './studies/source';
import { metadataOf } from './table/metadata';
import { tableReportOf } from './table/report';

/** How folders of drafts are named, before their import's id. */
const DRAFT = 'import-';

export type Collected = Pick<
  DraftMaterial,
  | 'dimensions'
  | 'id'
  | 'facts'
  | 'classTable'
  | 'quarantined'
  | 'sources'
  | 'officialSplits'
  | 'placeOf'
  | 'folders'
  | 'table'
  | 'metadata'
  | 'studies'
>;

export interface Read {
  readonly collector: Collector;
  readonly collected: Collected;
}

/** A source that was read whole, before duplicates were looked for. */
interface Gathered extends Read {
  readonly importId: string;
  readonly name: string;
  /** The draft's own. */
  readonly folder: string;
  readonly progress: Progress;
}

/** Removes what imports left that were killed, never what belongs to one that lives. */
export async function removeLeftovers(stagingDir: string, projectsDirs: readonly string[]): Promise<void> {
  await removeAbandoned(stagingDir, DRAFT);
  for (const dir of projectsDirs) await removeAbandoned(dir, STAGED);
}

/**
 * Reads a source whole: every value checked, every content hashed, duplicates found. Nothing of the person's is changed; what is decoded lies
 * below `stagingDir` until the draft is committed or discarded, and is gone when this throws.
 * @throws UserError for a source that is missing, unreadable as a whole or yields no sample; `cancelled`
 */
export function inspectImport(options: InspectOptions): Promise<ImportDraft> {
  return gather(options, {}, async (gathered) => new Draft(await materialOf(gathered, options, [])));
}

/**
 * As `inspectImport`, for what is to be added to a project: near-duplicates are looked for among its samples as well. The map of the last
 * table is used again where none is given.
 */
export function inspectGrowth(project: Project, options: InspectOptions): Promise<GrowthDraft> {
  const stored = project.sources().findLast((source) => source.map)?.map;
  const before = project.sources().findLast((source) => source.details?.folders)?.details?.folders;
  const folders = options.folders ?? folderMeaning.safeParse(before).data;
  const asked = { ...options, folders, likeness: project.likeness };
  return gather(asked, { stored, secret: project.patients.secret }, async (gathered) => {
    const { collector, collected } = gathered;
    if (collected.dimensions !== project.base().dimensions)
      throw new UserError('file-unsupported', 'volumes and pictures are not mixed in one project', {
        file: options.paths[0],
      });
    const match = matchSamples({ ...collected, collector }, project);
    const seen = new Set(match.keys);
    const others = Array.from({ length: project.index.size }, (_, key) => key).filter((key) => !seen.has(key));
    const material = await materialOf(gathered, asked, looksOf(project, others));
    return new GrowthDraft(material, project, match, others);
  });
}

/** Small pictures of samples that a project has already. */
async function* looksOf(project: Project, keys: readonly number[]): AsyncGenerator<OtherSample> {
  for (const key of keys) {
    const hash = Buffer.from(project.pixels.contentHash(key), 'hex');
    const volume = project.pixels.volumeOf(key);
    if (volume !== null) {
      yield { hash, frame: project.volumes.look(volume) };
      continue;
    }
    const { depth } = project.pixels.shape(key);
    // Without its originals a volume has no pixels to look at; equal ones are found all the same.
    const frame = await (depth > 1 ? project.pixels.frame(key) : project.pixels.thumb(key)).catch((error: unknown) => {
      if (error instanceof UserError) return null;
      throw error;
    });
    yield { hash, frame };
  }
}

/** Reads the files and hands them over; whatever fails leaves nothing behind. */
async function gather<T>(
  options: InspectOptions,
  { stored, secret }: { readonly stored?: TableMap; readonly secret?: string },
  use: (gathered: Gathered) => Promise<T>,
): Promise<T> {
  const importId = ownedName();
  const progress = new Progress(importId, options.onProgress, options.signal);
  progress.check();
  const plan = await planSource(options.paths, options.table, options.map, options.studies !== undefined);
  const folder = join(options.stagingDir, `${DRAFT}${importId}`);
  try {
    await removeAbandoned(options.stagingDir, DRAFT);
    await mkdir(join(folder, 'cache', 'pixels'), { recursive: true }).catch((error: unknown) => {
      throw fileError(error, folder);
    });
    const read =
      plan.kind === 'folder'
        ? await fromFolder(plan, stored, options.folders, folder, progress)
        : plan.kind === 'studies'
          ? await fromStudies(plan, options, { stored, secret }, folder, progress)
          : await fromArrays(plan, folder, progress);
    try {
      return await use({ ...read, importId, name: options.name ?? nameOf(plan), folder, progress });
    } catch (error) {
      await read.collector.abandon();
      throw error;
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    progress.check();
    throw error;
  } finally {
    await plan.close();
  }
}

/** Looks for duplicates. @param others samples beside those that were read; they are numbered behind them */
async function materialOf(
  { collector, collected, importId, name, folder, progress }: Gathered,
  options: InspectOptions,
  others: Iterable<OtherSample> | AsyncIterable<OtherSample>,
): Promise<DraftMaterial> {
  progress.at('duplicates', 0, 1);
  const { hashes, mean } = await collector.beside(others);
  const look = async (likeness: number): Promise<Pick<DraftMaterial, 'duplicates' | 'likeness'>> => {
    const duplicates = await findDuplicates({
      hashes,
      looks: collector.looksFile === null ? null : { file: collector.looksFile, dims: mean.length, mean },
      onProgress: (done, total) => {
        if (!options.signal?.aborted) progress.at('duplicates', done, total);
      },
      signal: options.signal,
      threshold: likeness,
    });
    progress.at('duplicates', 1, 1);
    return { duplicates, likeness };
  };
  const found = await look(options.likeness ?? NEAR);
  return { importId, name, folder, paths: options.paths, collector, look, ...found, ...collected };
}

function nameOf(plan: SourcePlan): string {
  // Folders of studies are often called after patients.
  if (plan.kind === 'studies') return 'Studies';
  const path = plan.kind === 'folder' ? plan.root : plan.files[0]!;
  return basename(path).replace(/\.(npz|npy)$/i, '') || 'Project';
}

async function fromArrays(
  plan: Extract<SourcePlan, { kind: 'npz' | 'npy' }>,
  folder: string,
  progress: Progress,
): Promise<Read> {
  const { parts, files } = plan;
  // Labels first: they are small, and a mistake in them is told before gigabytes were read.
  const labels = [];
  for (const part of parts) labels.push(await readLabels(part));
  const size = (split: string): number => parts.find((part) => part.split === split)?.count ?? 0;
  const officialSplits =
    parts[0]!.split === null ? null : { train: size('train'), val: size('val'), test: size('test') };
  const { channels, depth } = parts[0]!.shape;
  const dimensions = depth > 1 ? '3d' : '2d';
  const official = labels[0]
    ? officialSet({ fileName: basename(files[0]!), splits: officialSplits, channels, dimensions })
    : null;
  const idIn = (place: number, index: number): string => arraySampleId(parts[place]!.split, index, parts[place]!.count);
  const starts = parts.map((_, place) => parts.slice(0, place).reduce((sum, part) => sum + part.count, 0));
  const id = (i: number): string => {
    const place = starts.findLastIndex((start) => start <= i);
    return idIn(place, i - starts[place]!);
  };
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  const classTable = arrayClasses(labels, parts, official, id, parts[0]!.labels?.file.path ?? files[0]!);

  const collector = await Collector.create(folder, total);
  try {
    const given = classTable.kind === 'answers' ? labels.map((l, i) => l ?? noAnswers(classTable, parts[i]!)) : labels;
    await collectArrays(parts, given, join(folder, 'cache', 'pixels'), collector, progress);
  } catch (error) {
    await collector.abandon();
    throw error;
  } finally {
    await collector.close();
  }
  const collected: Collected = {
    dimensions,
    id,
    facts: () => ({ patient: null, reader: null }),
    classTable,
    quarantined: [],
    folders: null,
    sources: await Promise.all(files.map((path) => describeFile(path, plan.kind, progress))),
    officialSplits,
    table: null,
    metadata: [],
    studies: null,
    placeOf: (i) => {
      const { place, offset } = collector.placeOf(i);
      return { source: parts[place]!.source, pixels: { kind: 'pack', pack: packName(parts[place]!), offset } };
    },
  };
  return { collector, collected };
}

/** @throws UserError where the parts do not ask the same number of questions, or a label is out of range */
function arrayClasses(
  labels: readonly (PartLabels | null)[],
  parts: readonly ArrayPart[],
  official: OfficialSet | null,
  idOf: (i: number) => string,
  file: string,
): ClassTable {
  const asked = new Set(labels.map((part) => (part?.kind === 'answers' ? part.questions : part && 0)));
  asked.delete(null);
  if (asked.size > 1)
    throw new UserError('file-damaged', `its parts have ${[...asked].join(' and ')} answers an image`, { file });
  const questions = [...asked][0] ?? 0;
  if (questions !== null && questions > 0) {
    const fits = official?.kind === 'answers' && official.classes.length === questions;
    return numberedQuestions(questions, fits ? official : null);
  }
  const single = official?.kind === 'answers' ? null : official;
  const all = concatenated(labels, parts);
  const count = countClasses(all, single?.classes.length ?? null, file, idOf);
  const counts = new Array<number>(count).fill(0);
  for (const c of all) if (c >= 0) counts[c]!++;
  return numberedClasses(count, counts, single);
}

/** A part without labels beside others with answers: nothing was assessed. */
const noAnswers = ({ names }: ClassTable, { count }: ArrayPart): PartLabels => ({
  kind: 'answers',
  questions: names.length,
  codes: new Uint8Array(names.length * count),
});

/** Classes of all samples, −1 without one. */
function concatenated(labels: readonly (PartLabels | null)[], parts: readonly ArrayPart[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, { count }) => sum + count, 0)).fill(-1);
  let at = 0;
  parts.forEach(({ count }, place) => {
    const part = labels[place];
    if (part?.kind === 'class') all.set(part.classes, at);
    at += count;
  });
  return all;
}

async function describeFile(path: string, kind: 'npz' | 'npy', progress: Progress): Promise<ProjectSource> {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    progress.at('hashing', done, size);
  }
  return { path, kind, hash: hash.digest('hex'), bytes: size };
}

async function fromFolder(
  plan: Extract<SourcePlan, { kind: 'folder' }>,
  stored: TableMap | undefined,
  meaning: FolderMeaning | undefined,
  folder: string,
  progress: Progress,
): Promise<Read> {
  const { root } = plan;
  const { entries, quarantined, table, folders } = await planFolder(root, plan.table, plan.map, stored, meaning);
  const questions = table?.map.answers ?? null;
  const classTable: ClassTable = questions ? askedQuestions(questions) : namedClasses(entries.map((e) => e.class));
  const classIds = new Map(classTable.names.map((name, i) => [name, i]));
  const collector = await Collector.create(folder, entries.length);
  const classOf = (entry: FolderEntry): number => (entry.class === null ? -1 : classIds.get(entry.class)!);
  let found: Awaited<ReturnType<typeof collectFolder>>;
  try {
    // Pictures without a row beside others with answers: nothing was assessed.
    const given = questions
      ? entries.map((e) => ({ ...e, answers: e.answers ?? new Uint8Array(questions.length) }))
      : entries;
    found = await collectFolder(root, given, classOf, collector, progress);
  } catch (error) {
    await collector.abandon();
    throw error;
  } finally {
    await collector.close();
  }
  const { read } = found;
  if (read.length === 0)
    throw new UserError(
      'file-no-samples',
      `none of its ${entries.length} pictures can be read (${found.quarantined[0]!.reason})`,
      {
        file: root,
      },
    );
  const size = (split: string): number => read.filter((e) => e.split === split).length;
  const collected: Collected = {
    dimensions: '2d',
    id: (i) => read[i]!.id,
    facts: (i) => ({ patient: read[i]!.patient, reader: read[i]!.reader }),
    classTable,
    folders,
    quarantined: [...quarantined, ...found.quarantined],
    sources: [
      {
        path: root,
        kind: 'folder',
        hash: null,
        bytes: 0,
        details: { table: table?.file ?? null, folders },
        map: table?.map,
      },
    ],
    officialSplits: read.some((e) => e.split !== null)
      ? { train: size('train'), val: size('val'), test: size('test') }
      : null,
    table: table && tableReportOf(table),
    metadata: table
      ? metadataOf(
          table,
          read.map(({ row }) => row),
        )
      : [],
    studies: null,
    placeOf: (i) => ({ source: 0, pixels: { kind: 'file', file: read[i]!.id } }),
  };
  return { collector, collected };
}
