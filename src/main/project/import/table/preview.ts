import type { PartialTableMap, TableMap, TablePreview } from '@shared/domain';
import { holdsAnswers } from '@shared/answerWords';
import { UserError } from '@shared/errors';
import { readGrid, type Grid } from '@main/formats';
import { listFolder, readFolderTable, tableAtRoot, type FolderFiles } from '../folder';
import { mapProblem, metadataColumns, resolveColumns, withStored } from './columns';
import { tableReportOf } from './report';

const PREVIEWED = 20;
const MOST_SPELLINGS = 500;

/**
 * Shows what a table would mean, again and again while a person chooses columns: the folder is walked once, and the file read once for
 * each encoding, delimiter and sheet.
 */
export class TableMapper {
  private files: Promise<FolderFiles> | undefined;
  private readonly grids = new Map<string, Promise<Grid>>();

  constructor(private readonly root: string) {}

  /**
   * @param file null: the table at the folder's root, where there is one
   * @param stored map of a project's last table, used again as far as this one has its columns
   * @returns null where there is no table
   * @throws UserError where the folder has no picture or the file is no table at all
   */
  async preview(file: string | null, said: PartialTableMap, stored?: TableMap): Promise<TablePreview | null> {
    const { pictures, tables } = await (this.files ??= listFolder(this.root));
    const chosen = file ?? (await tableAtRoot(tables, said, stored)) ?? (tables.length === 1 ? tables[0]! : null);
    if (chosen === null) return null;
    const grid = await this.grid(chosen, said);
    const given = withStored(grid.columns, said, stored);
    const columns = resolveColumns(grid.columns, given);
    const map = { ...columns.map, metadata: columns.map.metadata ?? metadataColumns(grid.columns, columns.map) };
    const shown = {
      file: chosen,
      columns: [...grid.columns],
      rows: grid.rows.slice(0, PREVIEWED).map((row) => [...row]),
      encoding: grid.encoding,
      delimiter: grid.delimiter,
      sheets: [...grid.sheets],
      sheet: grid.sheet,
      map,
      guessed: [...columns.guessed],
      answerable: grid.columns.filter((_, at) => holdsAnswers(cellsOf(grid, at))),
      labels: spellings(grid, map.answers ?? [map.label ?? '']),
    };
    // What was guessed is shown as it would be read: the person looks at it and says so.
    const problem = mapProblem(grid.columns, { map, guessed: [] });
    if (problem !== null) return { ...shown, problem, report: null };
    try {
      return {
        ...shown,
        problem: null,
        report: tableReportOf(readFolderTable(this.root, chosen, grid, map, pictures)),
      };
    } catch (error) {
      if (error instanceof UserError) return { ...shown, problem: error.reason, report: null };
      throw error;
    }
  }

  private grid(file: string, { delimiter, encoding, sheet }: PartialTableMap): Promise<Grid> {
    const key = JSON.stringify([file, delimiter, encoding, sheet]);
    let grid = this.grids.get(key);
    if (!grid) {
      grid = readGrid(file, { delimiter, encoding, sheet });
      this.grids.set(key, grid);
      // A file that cannot be read may be mended and looked at again.
      grid.catch(() => this.grids.delete(key));
    }
    return grid;
  }
}

function* cellsOf(grid: Grid, column: number): Generator<string> {
  for (const row of grid.rows) yield row[column]!;
}

/** Spellings in these columns as they stand there, the most frequent first. */
function spellings(grid: Grid, columns: readonly string[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const at of columns.map((name) => grid.columns.indexOf(name)).filter((place) => place >= 0))
    for (const cell of cellsOf(grid, at)) if (cell.trim() !== '') counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_SPELLINGS);
}
