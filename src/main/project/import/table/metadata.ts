import type { TableMap } from '@shared/domain';
import type { Grid } from '@main/formats';
import type { NewMetadata } from '../../types';

/** The columns to filter by, by sample; blank cells say nothing. @param rows of the samples in the table; −1 without one */
export const metadataOf = (
  { grid, map }: { readonly grid: Grid; readonly map: TableMap },
  rows: readonly number[],
): NewMetadata[] =>
  (map.metadata ?? []).map((name) => {
    const column = grid.columns.indexOf(name);
    return { name, values: rows.map((row) => (row < 0 ? null : grid.rows[row]![column]!.trim() || null)) };
  });
