import { extname } from 'node:path';
import Papa from 'papaparse';
import { UserError } from '@shared/errors';
import { detectEncoding, encodingNamed } from './encoding';
import { openFile, readFully } from './file';
import { readXlsx } from './xlsx';

const MAX_BYTES = 512 * 1024 * 1024;
const MAX_COLUMNS = 1000;
const DELIMITERS = [',', ';', '\t', '|'];

/** How to read a table where it does not say so itself. */
interface GridOptions {
  readonly delimiter?: string;
  readonly encoding?: string;
  /** Of an XLSX; the first one that is not hidden unless given. */
  readonly sheet?: string;
}

/** A table as text, row by row: every row has as many values as there are columns. */
export interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly encoding: string;
  /** null of an XLSX. */
  readonly delimiter: string | null;
  /** Names of an XLSX's sheets. */
  readonly sheets: readonly string[];
  readonly sheet: string | null;
}

const isSpreadsheet = (path: string): boolean => /\.xlsx$/i.test(path);

/**
 * Reads a CSV (comma, semicolon, tab or bar; RFC 4180 quotes; UTF-8, UTF-16, GBK or Latin-1, with or without a byte order mark) or an XLSX.
 * The first line names the columns. Values stay text.
 * @throws UserError `table-invalid` naming the line where quotes, columns or text are broken
 */
export async function readGrid(path: string, options: GridOptions = {}): Promise<Grid> {
  if (isSpreadsheet(path)) {
    const { rows, sheets, sheet } = await readXlsx(path, options.sheet);
    return { ...toGrid(padded(rows), path), encoding: 'utf-8', delimiter: null, sheets, sheet };
  }
  if (/^\.xlsx?[bm]?$|^\.ods$/i.test(extname(path)))
    throw new UserError('file-unsupported', 'of spreadsheets XLSX is read: save it as .xlsx or as "CSV UTF-8"', {
      file: path,
    });
  const { text, encoding } = await readText(path, options.encoding);
  const parsed = Papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    ...(options.delimiter === undefined ? { delimitersToGuess: DELIMITERS } : { delimiter: options.delimiter }),
  });
  const broken = parsed.errors.find((e) => e.code !== 'UndetectableDelimiter');
  if (broken)
    throw new UserError('table-invalid', `line ${(broken.row ?? 0) + 1}: ${broken.message.toLowerCase()}`, {
      file: path,
    });
  return { ...toGrid(parsed.data, path), encoding, delimiter: parsed.meta.delimiter, sheets: [], sheet: null };
}

async function readText(path: string, asked: string | undefined): Promise<{ text: string; encoding: string }> {
  const { handle, size } = await openFile(path);
  let bytes: Buffer;
  try {
    if (size > MAX_BYTES)
      throw new UserError('file-too-large', `a table of more than ${MAX_BYTES} bytes is not read`, { file: path });
    bytes = await readFully(handle, path, 0, size);
  } finally {
    await handle.close();
  }
  const encoding = asked === undefined ? detectEncoding(bytes) : encodingNamed(asked);
  if (encoding === null)
    throw new UserError(
      'value-invalid',
      `there is no text encoding "${asked}"; UTF-8, UTF-16, GBK and Latin-1 are some`,
    );
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding };
  } catch (cause) {
    throw new UserError('table-invalid', `it is not ${encoding.toUpperCase()} text: save it as "CSV UTF-8"`, {
      file: path,
      cause,
    });
  }
}

/** Spreadsheets leave out empty cells at the end of a row. */
function padded(rows: readonly string[][]): string[][] {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return rows.map((row) => (row.length === width ? row : row.concat(new Array<string>(width - row.length).fill(''))));
}

function toGrid(lines: readonly string[][], path: string): Pick<Grid, 'columns' | 'rows'> {
  const wrong = (reason: string): UserError => new UserError('table-invalid', reason, { file: path });
  const [header, ...rows] = lines;
  if (!header) throw wrong('it is empty');
  if (header.length > MAX_COLUMNS) throw wrong(`it has ${header.length} columns, more than ${MAX_COLUMNS}`);
  rows.forEach((row, i) => {
    if (row.length !== header.length) throw wrong(`row ${i + 2} has ${row.length} values, the header ${header.length}`);
  });
  // Spreadsheets write columns that have neither a name nor a value.
  const kept = header.flatMap((name, c) =>
    name.trim() !== '' || rows.some((row) => row[c]!.trim() !== '') ? [c] : [],
  );
  const columns = kept.map((c) => header[c]!.trim() || `column ${c + 1}`);
  if (columns.length === 0) throw wrong('its first line names no column');
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`the column "${twice}" stands there twice`);
  return {
    columns,
    rows: kept.length === header.length ? rows : rows.map((row) => kept.map((c) => row[c]!)),
  };
}
