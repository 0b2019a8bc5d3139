import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TableMap } from '@shared/domain';
import { studyOptions } from '@shared/domain';
import { newSecret } from '../../identity';
import { READ_HERE } from '../../volumes';
import { askedQuestions, namedClasses, type ClassTable } from '../classes';
import { Collector } from '../collector';
import type { InspectOptions } from '../index';
import type { Collected, Read } from '../inspect';
import type { SourcePlan } from '../plan';
import type { Progress } from '../progress';
import { metadataOf } from '../table/metadata';
import { chosenItems, itemsOf, leftOutKinds } from './items';
import { collectStudies, noneRead, quarantineOf, studyMetadata, type StudyEntry } from './read';
import { readStudyTable } from './table';

/** Folders that the named paths stand for. */
export async function rootsOf(paths: readonly string[]): Promise<string[]> {
  const roots = await Promise.all(
    paths.map(async (path) => ((await stat(path).catch(() => null))?.isDirectory() ? path : dirname(path))),
  );
  return [...new Set(roots)];
}

/**
 * Reads studies: lists their volumes, chooses, finds labels and patients, reads every voxel once, and takes identity out of all that is kept.
 * @param known of the project that they are added to: the map of its last table, and the key of its hashes
 */
export async function fromStudies(
  plan: Extract<SourcePlan, { kind: 'studies' }>,
  o: InspectOptions,
  known: { readonly stored?: TableMap; readonly secret?: string },
  folder: string,
  progress: Progress,
): Promise<Read> {
  const options = o.studies ?? studyOptions.parse({});
  const reading = o.reading ?? READ_HERE;
  const secret = known.secret ?? newSecret();
  const roots = await rootsOf(plan.paths);
  progress.at('listing', 0, 1);
  const listed = await reading.list(plan.paths, progress.signal);
  const items = itemsOf(listed.volumes, roots, options.patients);
  const refused = quarantineOf(listed.refused, roots);
  const chosen = chosenItems(items, options, plan.paths[0]!);
  const table = plan.table === null ? null : await readStudyTable(plan.table, plan.map, known.stored, chosen, roots);
  const entries = chosen.map((item, i): StudyEntry => {
    const facts = table?.facts[i] ?? null;
    return { item, facts, patient: facts?.patient ?? item.patient };
  });
  const questions = table?.map.answers ?? null;
  const classTable: ClassTable = questions
    ? askedQuestions(questions)
    : namedClasses(entries.map(({ facts }) => facts?.class ?? null));
  const classIds = new Map(classTable.names.map((name, i) => [name, i]));
  const now = o.batch ? entries.filter(({ item }) => o.batch!.includes(item.entry.id)) : entries;
  const collector = await Collector.create(folder, now.length);
  let found: Awaited<ReturnType<typeof collectStudies>>;
  try {
    found = await collectStudies(now, collector, progress, {
      reading,
      roots,
      secret,
      options: options.deidentify,
      classOf: ({ facts }) => (facts?.class == null ? -1 : classIds.get(facts.class)!),
      noAnswers: questions ? new Uint8Array(questions.length) : undefined,
    });
  } catch (error) {
    await collector.abandon();
    throw error;
  } finally {
    await collector.close();
  }
  const { read, volumes } = found;
  if (read.length === 0) throw noneRead(now.length, found.quarantined[0]?.reason, plan.paths[0]!);
  const size = (split: string): number => read.filter(({ facts }) => facts?.split === split).length;
  const collected: Collected = {
    dimensions: volumes.some(({ info }) => info.size[2] > 1) ? '3d' : '2d',
    id: (i) => volumes[i]!.id,
    facts: (i) => ({ patient: read[i]!.patient, reader: read[i]!.facts?.reader ?? null }),
    classTable,
    folders: null,
    // What the listing refused is told once.
    quarantined: [
      ...(now[0] === entries[0] ? [...refused, ...leftOutKinds(items, options)] : []),
      ...found.quarantined,
    ],
    sources: roots.map((path) => ({
      path,
      kind: 'studies',
      hash: null,
      bytes: 0,
      details: { table: table?.file ?? null },
      map: table?.map,
    })),
    officialSplits: read.some(({ facts }) => facts?.split != null)
      ? { train: size('train'), val: size('val'), test: size('test') }
      : null,
    table: table?.report ?? null,
    metadata: [
      ...studyMetadata(volumes),
      ...(table
        ? metadataOf(
            table,
            read.map(({ facts }) => facts?.row ?? -1),
          )
        : []),
    ],
    studies: { volumes, secret },
    placeOf: (i) => ({ source: read[i]!.item.root, pixels: { kind: 'series', volume: i } }),
  };
  return { collector, collected };
}
