import { readGrid } from './grid';
import type { Table } from './types';

/** Reads a table as rows by column names. @throws UserError as `readGrid` */
export async function readTable(path: string): Promise<Table> {
  const { columns, rows } = await readGrid(path);
  return {
    columns,
    rows: rows.map((line) => {
      // Without a prototype: a column may be called "constructor".
      const row = Object.create(null) as Record<string, string>;
      columns.forEach((name, c) => (row[name] = line[c]!));
      return row;
    }),
  };
}

/** RFC 4180 text: comma, CRLF, quotes where needed. A value of null is an empty field. */
export function writeCsv(
  columns: readonly string[],
  rows: Iterable<Readonly<Record<string, string | number | null | undefined>>>,
): string {
  const field = (value: string | number | null | undefined): string => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.map(field).join(',')];
  for (const row of rows) lines.push(columns.map((name) => field(row[name])).join(','));
  return lines.join('\r\n') + '\r\n';
}
