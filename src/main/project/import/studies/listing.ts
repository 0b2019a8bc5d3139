import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedStudy, PartialTableMap, StudyListing, TableMap } from '@shared/domain';
import { UserError } from '@shared/errors';
import { straightened } from '@shared/space';
import { defaultVolumeRecipe } from '@shared/volumeInput';
import { readGrid } from '@main/formats';
import type { VolumeListing } from '@main/formats/volumes';
import { TABLE } from '../folder';
import { itemsOf, type StudyItem } from './items';
import { burnedInOf, mayShowFace, quarantineOf } from './read';
import { rootsOf } from './source';
import { withStored } from '../table/columns';
import { studyTable, type StudyTable } from './table';

export interface DescribedStudies {
  readonly items: readonly StudyItem[];
  readonly listing: StudyListing;
}

/** What a listing holds, as a person chooses from it; a table that cannot be read says why. */
export async function describeStudies(
  { volumes, refused }: VolumeListing,
  o: {
    readonly paths: readonly string[];
    readonly table?: string;
    readonly map?: PartialTableMap;
    readonly stored?: TableMap;
    readonly patients: string;
  },
): Promise<DescribedStudies> {
  const roots = await rootsOf(o.paths);
  const items = itemsOf(volumes, roots, o.patients);
  let table: StudyTable | null = null;
  let mapping: StudyListing['mapping'] = null;
  let problem: string | null = null;
  if (o.table !== undefined)
    try {
      const given = o.map ?? {};
      const grid = await readGrid(o.table, given);
      mapping = { columns: [...grid.columns], map: given };
      table = studyTable(o.table, grid, withStored(grid.columns, given, o.stored), items, roots);
      mapping = { ...mapping, map: table.map };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problem = error.message;
    }
  const patients = numbered();
  const studies = numbered();
  const listed = items.map((item, i): ListedStudy => {
    const { id, header, bytes, subject } = item.entry;
    const said = table?.facts[i];
    return {
      id,
      name: header.name,
      kind: item.kind,
      modality: header.modality,
      size: header.size,
      // As `volume info` says it: of slices that lean, the distance between their planes.
      spacing: straightened(header).spacing,
      spacingKind: header.spacingKind,
      date: header.study?.date ?? '',
      patient: patients(said?.patient ?? item.patient),
      study: studies(header.study?.uid || null),
      patientId: said?.patient ?? (subject?.patientId || item.patient || ''),
      files: header.files.length,
      bytes,
      burnedIn: burnedInOf(header),
      head: mayShowFace(item),
      label: said?.class ?? null,
    };
  });
  const images = items.filter(({ kind }) => kind === 'image').map(({ entry }) => entry.header);
  return {
    items,
    listing: {
      volumes: listed,
      refused: quarantineOf(refused, roots),
      table: table && {
        file: table.file,
        by: table.map.by!,
        column: table.map.path,
        report: table.report,
        classes: countsOf(listed),
        questions: [...(table.map.answers ?? [])],
      },
      mapping,
      tables: await tablesIn(roots),
      problem,
      input: images.length > 0 ? defaultVolumeRecipe(images) : null,
    },
  };
}

/** Labels are often kept beside what they are of. */
async function tablesIn(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    roots.map(async (root) => {
      // A folder that cannot be listed has no table to offer: its volumes were named one by one.
      const all = await readdir(root).catch((): string[] => []);
      const names = all.filter((name) => TABLE.test(name) && !name.startsWith('.')).sort();
      return names.map((name) => join(root, name));
    }),
  );
  return found.flat();
}

/** Numbers things by their first appearance, from 1 on. */
function numbered(): (what: string | null) => number | null {
  const known = new Map<string, number>();
  return (what) => {
    if (what === null) return null;
    const number = known.get(what) ?? known.size + 1;
    known.set(what, number);
    return number;
  };
}

function countsOf(listed: readonly ListedStudy[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { label } of listed) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  const { compare } = new Intl.Collator('en', { numeric: true });
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => compare(a.name, b.name));
}
