import type { TableReport } from '@shared/domain';
import type { FolderTable } from '../folder';

/** Of a list of a hundred thousand nobody reads more. */
const LISTED = 1000;

const listed = <T>(list: readonly T[]): { count: number; first: T[] } => ({
  count: list.length,
  first: list.slice(0, LISTED),
});

/** What a person has to know of a table before its labels are believed. */
export function tableReportOf(table: FolderTable): TableReport {
  return {
    rows: table.grid.rows.length,
    withoutFile: listed(table.withoutFile),
    withoutRow: listed(table.withoutRow),
    conflicts: listed(table.conflicts),
    blankPatients: table.blankPatients,
    alikePatients: listed(table.alikePatients.map((ids) => [...ids])),
    alikeLabels: table.alikeLabels.map((labels) => [...labels]),
  };
}
