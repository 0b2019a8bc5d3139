import { basename } from 'node:path';
import type { PartialTableMap, TableKey, TableMap, TableReport } from '@shared/domain';
import { UserError } from '@shared/errors';
import { readGrid, type Grid } from '@main/formats';
import { completeMap, mapProblem, resolveColumns, withStored } from '../table/columns';
import { placer } from '../table/place';
import { tableReportOf } from '../table/report';
import { readRows, RowProblem, type RowFacts } from '../table/rows';
import type { FolderTable } from '../folder';
import type { StudyItem } from './items';

/** What a table says of the volumes of studies. */
export interface StudyTable {
  readonly file: string;
  readonly map: TableMap;
  readonly grid: Grid;
  readonly report: TableReport;
  /** By item; null where no row names it. */
  readonly facts: readonly (RowFacts | null)[];
}

const KEYS: readonly TableKey[] = ['series', 'study', 'file', 'patient'];
/** Rows that a column is judged by. */
const JUDGED = 2000;

/**
 * Reads a table by patient, study, series or file: by the map's word, else by what its cells match.
 * @param roots that the items lie below
 * @throws UserError `table-invalid` naming column or row
 */
export async function readStudyTable(
  file: string,
  given: PartialTableMap,
  stored: TableMap | undefined,
  items: readonly StudyItem[],
  roots: readonly string[],
): Promise<StudyTable> {
  const grid = await readGrid(file, given);
  return studyTable(file, grid, withStored(grid.columns, given, stored), items, roots);
}

/** As `readStudyTable`, of a table that was read. */
export function studyTable(
  file: string,
  grid: Grid,
  said: PartialTableMap,
  items: readonly StudyItem[],
  roots: readonly string[],
): StudyTable {
  const keyed = keyOf(grid, said, items, roots, file);
  const columns = resolveColumns(grid.columns, { ...said, path: keyed.column });
  const label = columns.map.label === undefined ? { label: null } : {};
  const resolved = { map: { ...columns.map, ...label }, guessed: columns.guessed.filter((role) => role !== 'path') };
  // A key of patients names them; another column of patients would contradict it.
  if (keyed.by === 'patient') resolved.map.patient = null;
  const problem = mapProblem(grid.columns, resolved);
  if (problem !== null) throw new UserError('table-invalid', problem, { file });
  const map: TableMap = { ...completeMap(grid.columns, resolved), by: keyed.by };
  const places = placesOf(keyed.by, items, roots, file);
  let read: ReturnType<typeof readRows>;
  try {
    read = readRows(grid, map, (text) => (places.at(text) === null ? null : text.trim()));
  } catch (error) {
    if (error instanceof RowProblem) throw new UserError('table-invalid', error.message, { file, cause: error });
    throw error;
  }
  const facts = items.map((): RowFacts | null => null);
  for (const [text, said] of read.facts) for (const i of places.at(text) ?? []) facts[i] ??= said;
  const table: FolderTable = {
    ...read,
    file,
    map,
    grid,
    withoutRow: items.flatMap((item, i) => (facts[i] ? [] : [nameOf(item)])),
  };
  return { file, map, grid, facts, report: tableReportOf(table) };
}

const nameOf = ({ folder, files }: StudyItem): string => [folder, files[0]].filter(Boolean).join('/');

interface Places {
  /** Places of the items that a cell names; null: none. */
  at(text: string): readonly number[] | null;
}

/** Which column names the volumes, and by what. */
function keyOf(
  grid: Grid,
  { path, by }: PartialTableMap,
  items: readonly StudyItem[],
  roots: readonly string[],
  file: string,
): { column: string; by: TableKey } {
  if (path !== undefined && !grid.columns.includes(path))
    throw new UserError(
      'table-invalid',
      `the map says that "path" is the column "${path}", which the table does not have (it has ${grid.columns.join(', ')})`,
      { file },
    );
  let best: { column: string; by: TableKey; hits: number } | null = null;
  const rows = grid.rows.slice(0, JUDGED);
  for (const key of by ? [by] : KEYS) {
    const places = placesOf(key, items, roots, file);
    grid.columns.forEach((column, at) => {
      if (path !== undefined && column !== path) return;
      const hits = rows.filter((row) => places.at(row[at]!) !== null).length;
      if (hits > (best?.hits ?? 0)) best = { column, by: key, hits };
    });
  }
  const found = best as { column: string; by: TableKey } | null;
  if (found) return found;
  throw new UserError(
    'table-invalid',
    `no cell of ${path === undefined ? 'it' : `its column "${path}"`} is a PatientID, StudyInstanceUID, SeriesInstanceUID or file of these studies (it has the columns ${grid.columns.join(', ')})`,
    { file },
  );
}

function placesOf(by: TableKey, items: readonly StudyItem[], roots: readonly string[], table: string): Places {
  if (by === 'file') return filePlaces(items, roots, table);
  const known = new Map<string, number[]>();
  items.forEach(({ entry: { header, subject }, patient }, i) => {
    const keys = { patient: subject?.patientId || patient, study: header.study?.uid, series: header.series?.uid };
    const key = keys[by]?.trim();
    if (key) known.set(key, [...(known.get(key) ?? []), i]);
  });
  return { at: (text) => known.get(text.trim()) ?? null };
}

/** Files by their path below a root or the table's folder, by the folder of a series, or by a name that only one has. */
function filePlaces(items: readonly StudyItem[], roots: readonly string[], table: string): Places {
  const byRoot = roots.map((root, r) => {
    const owners = new Map<string, number[]>();
    const add = (path: string, i: number): void => {
      const list = owners.get(path);
      if (!list) owners.set(path, [i]);
      else if (list.at(-1) !== i) list.push(i);
    };
    items.forEach((item, i) => {
      if (item.root !== r) return;
      for (const name of item.files) add(item.folder === '' ? name : `${item.folder}/${name}`, i);
      if (item.folder !== '' && item.files.length > 1) add(item.folder, i);
    });
    return { owners, place: placer(root, table, [...owners.keys()]) };
  });
  const names = new Map<string, number[]>();
  items.forEach(({ files }, i) => {
    for (const file of files.length === 1 ? files : []) {
      const name = basename(file);
      for (const form of new Set([name, name.replace(/(\.nii)?\.[^.]+$/i, '')]))
        names.set(form, [...(names.get(form) ?? []), i]);
    }
  });
  const cache = new Map<string, readonly number[] | null>();
  const find = (text: string): readonly number[] | null => {
    for (const { owners, place } of byRoot) {
      const id = place(text);
      if (id !== null) return owners.get(id)!;
    }
    const named = names.get(text);
    // Several volumes of one file share its name; two files of a name are not told apart by it.
    const same = named?.every(
      (i) => items[i]!.files[0] === items[named[0]!]!.files[0] && items[i]!.folder === items[named[0]!]!.folder,
    );
    return same ? named! : null;
  };
  return {
    at: (text) => {
      const trimmed = text.trim();
      if (trimmed === '') return null;
      const known = cache.get(trimmed);
      if (known !== undefined) return known;
      const found = find(trimmed);
      cache.set(trimmed, found);
      return found;
    },
  };
}
