import { posix } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import sax, { type QualifiedTag, type Tag } from 'sax';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { UserError } from '@shared/errors';
import { openFile } from './file';
import { numberText, readFormats, type CellFormat } from './xlsxNumbers';

const MAX_ENTRIES = 10_000;
/** All parts that are read, unpacked: what a table of a million rows may need, and no bomb. */
const MAX_UNPACKED = 1024 ** 3;
const MAX_COLUMNS = 1000;
const WORKBOOK = 'xl/workbook.xml';

interface Spreadsheet {
  /** Names of all sheets. */
  readonly sheets: readonly string[];
  readonly sheet: string;
  /** Rows that hold anything, as text; empty cells at the end of a row are left out. */
  readonly rows: string[][];
}

/**
 * Reads one sheet of an XLSX as text: numbers as they are stored, dates as `2026-03-14`, zero-padded numbers (`00042`) with their zeros.
 * Parts are unpacked and parsed as streams, up to limits; nothing that the file names outside of itself is looked at.
 * @param wanted name of the sheet; the first visible one unless given
 * @throws UserError `file-damaged`, `file-too-large`, `table-invalid`
 */
export async function readXlsx(path: string, wanted?: string): Promise<Spreadsheet> {
  const { handle } = await openFile(path);
  await handle.close();
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }).catch(
    (error: unknown) => {
      throw damaged(path, error);
    },
  );
  try {
    const parts = new Parts(path, zip, await entriesOf(zip, path));
    const book = await workbook(parts);
    const sheet =
      wanted === undefined ? (book.sheets.find((s) => s.visible) ?? book.sheets[0]) : named(book, wanted, path);
    if (!sheet) throw new UserError('table-invalid', 'it has no sheet', { file: path });
    const strings = await sharedStrings(parts);
    const formats = await readFormats((onTag) => parts.parse('xl/styles.xml', { open: onTag }), book.from1904);
    const rows = await sheetRows(parts, sheet.part, strings, formats);
    return { sheets: book.sheets.map((s) => s.name), sheet: sheet.name, rows };
  } finally {
    zip.close();
  }
}

function damaged(file: string, error: unknown): UserError {
  const detail = error instanceof Error ? error.message.split('\n')[0]!.toLowerCase() : String(error);
  return new UserError('file-damaged', `it is not a whole XLSX file: ${detail}`, { file, cause: error });
}

function entriesOf(zip: ZipFile, path: string): Promise<Map<string, Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>();
    zip.on('error', (error: unknown) => reject(damaged(path, error)));
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      entries.set(entry.fileName, entry);
      if (entries.size > MAX_ENTRIES)
        reject(new UserError('file-too-large', `it has more than ${MAX_ENTRIES} parts`, { file: path }));
      else zip.readEntry();
    });
    zip.readEntry();
  });
}

interface Handlers {
  /** @param name without its prefix */
  open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  text?: (text: string) => void;
  close?: (name: string) => void;
}

/** The XML parts of one file. All that is unpacked counts against one limit. */
class Parts {
  private unpacked = 0;

  constructor(
    readonly path: string,
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  has(part: string): boolean {
    return this.entries.has(part);
  }

  /** Parses a part from front to back; one that is absent calls nobody. */
  async parse(part: string, handlers: Handlers): Promise<void> {
    const entry = this.entries.get(part);
    if (!entry) return;
    this.unpacked += entry.uncompressedSize;
    if (this.unpacked > MAX_UNPACKED)
      throw new UserError('file-too-large', `it would unpack to more than ${MAX_UNPACKED} bytes`, { file: this.path });
    const parser = sax.parser(true);
    const local = (name: string): string => name.slice(name.indexOf(':') + 1);
    parser.onopentag = (tag: Tag | QualifiedTag) =>
      handlers.open?.(local(tag.name), tag.attributes as Record<string, string>);
    parser.onclosetag = (name) => handlers.close?.(local(name));
    parser.ontext = (text) => handlers.text?.(text);
    parser.oncdata = (text) => handlers.text?.(text);
    parser.onerror = (error) => {
      throw error;
    };
    const decoder = new StringDecoder('utf8');
    try {
      const stream = await this.zip.openReadStreamPromise(entry);
      for await (const chunk of stream) parser.write(decoder.write(chunk as Buffer));
      parser.write(decoder.end()).close();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw damaged(this.path, error);
    }
  }
}

interface Book {
  readonly sheets: readonly { readonly name: string; readonly part: string; readonly visible: boolean }[];
  /** Days count from 1904 (old Macs) in place of 1900. */
  readonly from1904: boolean;
}

async function workbook(parts: Parts): Promise<Book> {
  if (!parts.has(WORKBOOK))
    throw new UserError('file-damaged', 'it is a zip file, but no XLSX: it has no workbook', { file: parts.path });
  const targets = new Map<string, string>();
  await parts.parse('xl/_rels/workbook.xml.rels', {
    open: (name, { Id, Target }) => {
      if (name === 'Relationship' && Id && Target)
        targets.set(Id, Target.startsWith('/') ? Target.slice(1) : posix.join('xl', Target));
    },
  });
  const sheets: Book['sheets'][number][] = [];
  let from1904 = false;
  await parts.parse(WORKBOOK, {
    open: (tag, attributes) => {
      if (tag === 'workbookPr') from1904 = attributes.date1904 === '1' || attributes.date1904 === 'true';
      if (tag !== 'sheet') return;
      const id = Object.entries(attributes).find(([key]) => /:id$/.test(key))?.[1] ?? '';
      const { name = '', state = 'visible' } = attributes;
      const part = targets.get(id);
      // Sheets of charts have no cells.
      if (part?.includes('worksheets/')) sheets.push({ name, part, visible: state === 'visible' });
    },
  });
  return { sheets, from1904 };
}

function named(book: Book, wanted: string, file: string): Book['sheets'][number] {
  const found = book.sheets.find((s) => s.name === wanted);
  if (found) return found;
  const names = book.sheets.map((s) => `"${s.name}"`).join(', ');
  throw new UserError('table-invalid', `it has no sheet "${wanted}" (it has ${names})`, { file });
}

/** `_x000D_` stands for a character that XML does not carry. */
const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : text;

async function sharedStrings(parts: Parts): Promise<string[]> {
  const strings: string[] = [];
  let text = '';
  let inText = false;
  /** How to pronounce what stands there is not part of it. */
  let phonetic = 0;
  await parts.parse('xl/sharedStrings.xml', {
    open: (name) => {
      if (name === 'si') text = '';
      else if (name === 'rPh') phonetic++;
      else if (name === 't') inText = phonetic === 0;
    },
    text: (more) => {
      if (inText) text += more;
    },
    close: (name) => {
      if (name === 'si') strings.push(unescaped(text));
      else if (name === 'rPh') phonetic--;
      else if (name === 't') inText = false;
    },
  });
  return strings;
}

async function sheetRows(
  parts: Parts,
  part: string,
  strings: readonly string[],
  formats: readonly CellFormat[],
): Promise<string[][]> {
  const wrong = (reason: string): UserError => new UserError('table-invalid', reason, { file: parts.path });
  const rows: string[][] = [];
  let row: string[] = [];
  let column = -1;
  let type = 'n';
  let style = 0;
  let text = '';
  let inValue = false;
  const put = (): void => {
    if (text === '') return;
    if (type === 's' && strings[Number(text)] === undefined)
      throw wrong(`it names the text ${text}, which there is not`);
    while (row.length < column) row.push('');
    row[column] =
      type === 's'
        ? strings[Number(text)]!
        : type === 'n'
          ? numberText(text, formats[style])
          : type === 'b'
            ? String(text === '1').toUpperCase()
            : unescaped(text);
  };
  await parts.parse(part, {
    open: (name, attributes) => {
      if (name === 'row') {
        row = [];
        column = -1;
      } else if (name === 'c') {
        column = attributes.r === undefined ? column + 1 : columnOf(attributes.r);
        if (!(column >= 0 && column < MAX_COLUMNS))
          throw wrong(`the cell ${attributes.r} lies outside of the ${MAX_COLUMNS} columns that are read`);
        type = attributes.t ?? 'n';
        style = Number(attributes.s ?? 0);
        text = '';
      } else if (name === 'v' || name === 't') inValue = true;
    },
    text: (more) => {
      if (inValue) text += more;
    },
    close: (name) => {
      if (name === 'v' || name === 't') inValue = false;
      else if (name === 'c') put();
      else if (name === 'row' && row.some((value) => value.trim() !== '')) rows.push(row);
    },
  });
  return rows;
}

/** `AB12` → 27. */
function columnOf(cell: string): number {
  let column = 0;
  for (const letter of /^[A-Z]{1,3}/.exec(cell)?.[0] ?? '') column = 26 * column + letter.charCodeAt(0) - 64;
  return column - 1;
}
