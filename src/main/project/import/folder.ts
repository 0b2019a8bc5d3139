import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FolderMeaning, PartialTableMap, Split, TableMap } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError, readGrid, type Grid } from '@main/formats';
import { splitNamed } from './splitNames';
import { completeMap, mapProblem, resolveColumns, withStored } from './table/columns';
import { placer } from './table/place';
import { readRows, RowProblem, type ReadTable, type RowFacts } from './table/rows';

/** A picture of a folder, and what table or folder names say of it. */
export interface FolderEntry {
  /** Relative to the root, with `/`: the sample's id. */
  readonly id: string;
  readonly class: string | null;
  /** Codes by the questions of the table's map; null without any. */
  readonly answers: Uint8Array | null;
  readonly split: Split | null;
  readonly patient: string | null;
  readonly reader: string | null;
  /** Its row in the table; −1 without one. */
  readonly row: number;
}

/** A table as it was read: by which map, and what is left to say of it. */
export interface FolderTable extends ReadTable {
  readonly file: string;
  readonly map: TableMap;
  readonly grid: Grid;
  /** Pictures that no row names. */
  readonly withoutRow: readonly string[];
}

export interface FolderPlan {
  readonly entries: readonly FolderEntry[];
  /** What could not even be looked for: rows of the table without a file. */
  readonly quarantined: readonly { readonly file: string; readonly reason: string }[];
  readonly table: FolderTable | null;
  /** What the folders inside were taken for; null where a table speaks, or no picture lies in one. */
  readonly folders: FolderMeaning | null;
}

const MOST_FILES = 2_000_000;
const PICTURE = /\.(png|jpe?g|tiff?)$/i;
/** Names of files that may hold a table. */
export const TABLE = /\.(csv|tsv|xlsx)$/i;
const compare = new Intl.Collator('en', { numeric: true }).compare;

/** The pictures of a folder as ids, in order, and the tables that lie at its root. */
export interface FolderFiles {
  readonly pictures: readonly string[];
  readonly tables: readonly string[];
}

/**
 * Lists the pictures of a folder, with labels from a table by its map (by the columns `path,label` and optionally `patient,split,reader`
 * where none is given; one table at the root with these columns is taken by itself) or from class folders, which may lie in `train`, `val`
 * and `test` folders.
 * @param folders what the folders inside stand for where no table speaks
 * @throws UserError `table-invalid` (saying what a map has to say, where columns cannot be told), `file-no-samples`, `file-unreadable`
 * @param stored map of the project's last table, used again as far as this one has its columns
 */
export async function planFolder(
  root: string,
  table: string | null,
  map: PartialTableMap = {},
  stored?: TableMap,
  folders: FolderMeaning = 'classes',
): Promise<FolderPlan> {
  const { pictures, tables } = await listFolder(root);
  const chosen = table ?? (await tableAtRoot(tables, map, stored));
  if (chosen === null) return { ...byFolders(pictures, folders), quarantined: [], table: null };
  const grid = await readGrid(chosen, map);
  return byTable(readFolderTable(root, chosen, grid, withStored(grid.columns, map, stored), pictures), pictures);
}

/** @throws UserError `file-no-samples` where there is no picture */
export async function listFolder(root: string): Promise<FolderFiles> {
  const files = await walk(root);
  if (files.pictures.length === 0)
    throw new UserError('file-no-samples', 'it holds no PNG, JPEG or TIFF picture', { file: root });
  return files;
}

async function walk(root: string): Promise<{ pictures: string[]; tables: string[] }> {
  const pictures: string[] = [];
  const tables: string[] = [];
  const open = [root];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
      throw fileError(error, dir);
    });
    for (const entry of entries) {
      // Hidden files are nobody's pictures: macOS puts a "._scan.png" beside each scan.png on foreign disks.
      if (entry.name.startsWith('.')) continue;
      const path = join(dir, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (PICTURE.test(entry.name)) pictures.push(relative(root, path).split(sep).join('/'));
      else if (dir === root && TABLE.test(entry.name)) tables.push(path);
      if (pictures.length > MOST_FILES)
        throw new UserError('file-too-large', `it holds more than ${MOST_FILES} pictures`, { file: root });
    }
  }
  return { pictures: pictures.sort(compare), tables };
}

/** The one table at the root whose columns are told by their own names, or by the given map. */
export async function tableAtRoot(
  tables: readonly string[],
  map: PartialTableMap,
  stored?: TableMap,
): Promise<string | null> {
  const fitting: string[] = [];
  for (const path of tables) {
    // Notes and lists of other things may lie there too.
    const grid = await readGrid(path, map).catch((error: unknown) => {
      if (error instanceof UserError) return null;
      throw error;
    });
    if (grid && mapProblem(grid.columns, resolveColumns(grid.columns, withStored(grid.columns, map, stored))) === null)
      fitting.push(path);
  }
  if (fitting.length > 1)
    throw new UserError('table-invalid', `several tables lie beside it (${fitting.length}): say which one is meant`, {
      file: fitting[1],
    });
  return fitting[0] ?? null;
}

function byFolders(pictures: readonly string[], folders: FolderMeaning): Pick<FolderPlan, 'entries' | 'folders'> {
  const parts = pictures.map((id) => id.split('/'));
  const splits = parts.every((p) => p.length > 1 && splitNamed(p[0]!) !== undefined);
  let nested = false;
  const entries = pictures.map((id, i) => {
    const path = splits ? parts[i]!.slice(1) : parts[i]!;
    const folder = path.length > 1 ? path[0]!.normalize('NFC') : null;
    nested ||= folder !== null;
    return {
      id,
      class: folders === 'classes' ? folder : null,
      answers: null,
      split: splits ? splitNamed(parts[i]![0]!)! : null,
      patient: folders === 'patients' ? folder : null,
      reader: null,
      row: -1,
    };
  });
  return { entries, folders: nested ? folders : null };
}

/**
 * Reads a table against the pictures of a folder.
 * @throws UserError `table-invalid` naming the column or row, `file-no-samples` where no row names a picture
 */
export function readFolderTable(
  root: string,
  file: string,
  grid: Grid,
  given: PartialTableMap,
  pictures: readonly string[],
): FolderTable {
  const columns = resolveColumns(grid.columns, given);
  const problem = mapProblem(grid.columns, columns);
  if (problem !== null) throw new UserError('table-invalid', problem, { file });
  const map = completeMap(grid.columns, columns);
  let read: ReadTable;
  try {
    read = readRows(grid, map, placer(root, file, pictures));
  } catch (error) {
    if (error instanceof RowProblem) throw new UserError('table-invalid', error.message, { file, cause: error });
    throw error;
  }
  if (read.facts.size === 0)
    throw new UserError('file-no-samples', 'no row of it names a picture in the folder', { file });
  return { ...read, file, map, grid, withoutRow: pictures.filter((id) => !read.facts.has(id)) };
}

const NOTHING: RowFacts = { class: null, answers: null, split: null, patient: null, reader: null, row: -1 };

function byTable(table: FolderTable, pictures: readonly string[]): FolderPlan {
  // In the folder's own order, whatever the table's: keys and ids go together.
  const entries = pictures.map((id) => ({ ...(table.facts.get(id) ?? NOTHING), id }));
  const quarantined = table.withoutFile.map(({ row, path }) => ({
    file: path || table.file,
    reason: path
      ? `row ${row} of the table names it, but no such picture lies in the folder`
      : `row ${row} of the table has no path`,
  }));
  return { entries, quarantined, table, folders: null };
}
