import Papa from 'papaparse';
import { UserError } from '@shared/errors';
import { openFile, readFully } from './file';
import type { Table } from './types';

const MAX_BYTES = 512 * 1024 * 1024;
const MAX_COLUMNS = 1000;

/**
 * Reads a CSV (comma, semicolon or tab; RFC 4180 quotes; UTF-8 with or without a byte order mark). The first line names the columns.
 * @throws UserError `table-invalid` naming the line where quotes, columns or text are broken
 */
export async function readTable(path: string): Promise<Table> {
  const { handle, size } = await openFile(path);
  let text: string;
  try {
    if (size > MAX_BYTES)
      throw new UserError('file-too-large', `a table of more than ${MAX_BYTES} bytes is not read`, { file: path });
    text = decodeUtf8(await readFully(handle, path, 0, size), path);
  } finally {
    await handle.close();
  }
  const parsed = Papa.parse<string[]>(text, { skipEmptyLines: 'greedy', delimitersToGuess: [',', ';', '\t'] });
  const broken = parsed.errors.find((e) => e.code !== 'UndetectableDelimiter');
  if (broken)
    throw new UserError('table-invalid', `line ${(broken.row ?? 0) + 1}: ${broken.message.toLowerCase()}`, {
      file: path,
    });
  const [header, ...lines] = parsed.data;
  if (!header) throw new UserError('table-invalid', 'it is empty', { file: path });
  const columns = header.map((name) => name.trim());
  if (columns.length > MAX_COLUMNS)
    throw new UserError('table-invalid', `it has ${columns.length} columns, more than ${MAX_COLUMNS}`, { file: path });
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UserError('table-invalid', `the column "${twice}" stands there twice`, { file: path });
  const rows = lines.map((line, i) => {
    if (line.length !== columns.length)
      throw new UserError('table-invalid', `row ${i + 2} has ${line.length} values, the header ${columns.length}`, {
        file: path,
      });
    // Without a prototype: a column may be called "constructor".
    const row = Object.create(null) as Record<string, string>;
    columns.forEach((name, c) => (row[name] = line[c]!));
    return row;
  });
  return { columns, rows };
}

function decodeUtf8(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError('table-invalid', 'it is not UTF-8 text: save it as "CSV UTF-8"', { file, cause });
  }
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
