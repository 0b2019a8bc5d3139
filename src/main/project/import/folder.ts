import { readdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Split } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError, readTable } from '@main/formats';

/** A picture of a folder, and what table or folder names say of it. */
export interface FolderEntry {
  /** Relative to the root, with `/`: the sample's id. */
  readonly id: string;
  readonly class: string | null;
  readonly split: Split | null;
  readonly patient: string | null;
  readonly reader: string | null;
}

export interface FolderPlan {
  readonly entries: readonly FolderEntry[];
  /** What could not even be looked for: rows of the table without a file, files that no row names. */
  readonly quarantined: readonly { readonly file: string; readonly reason: string }[];
  readonly table: string | null;
}

const MOST_FILES = 2_000_000;
const MOST_CLASSES = 1000;
const PICTURE = /\.(png|jpe?g|tiff?)$/i;
const SPLIT_NAMES: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
  testing: 'test',
};
const compare = new Intl.Collator('en', { numeric: true }).compare;

const splitNamed = (name: string): Split | undefined => {
  const key = name.toLowerCase();
  return Object.hasOwn(SPLIT_NAMES, key) ? SPLIT_NAMES[key] : undefined;
};

/**
 * Lists the pictures of a folder, with labels from a table (`path,label`, optionally `patient,split,reader`; one CSV at the root with these
 * columns is taken by itself) or from class folders, which may lie in `train`, `val` and `test` folders.
 * @throws UserError `table-invalid`, `file-no-samples`, `file-unreadable`
 */
export async function planFolder(root: string, table: string | null): Promise<FolderPlan> {
  const { pictures, tables } = await walk(root);
  if (pictures.length === 0)
    throw new UserError('file-no-samples', 'it holds no PNG, JPEG or TIFF picture', { file: root });
  const chosen = table ?? (await tableAtRoot(tables));
  return chosen === null
    ? { entries: byFolders(pictures), quarantined: [], table: null }
    : byTable(root, chosen, pictures);
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
      else if (dir === root && /\.csv$/i.test(entry.name)) tables.push(path);
      if (pictures.length > MOST_FILES)
        throw new UserError('file-too-large', `it holds more than ${MOST_FILES} pictures`, { file: root });
    }
  }
  return { pictures: pictures.sort(compare), tables };
}

async function tableAtRoot(tables: readonly string[]): Promise<string | null> {
  const fitting: string[] = [];
  for (const path of tables) {
    const { columns } = await readTable(path);
    if (columns.includes('path') && columns.includes('label')) fitting.push(path);
  }
  if (fitting.length > 1)
    throw new UserError('table-invalid', `several tables lie beside it (${fitting.length}): say which one is meant`, {
      file: fitting[1],
    });
  return fitting[0] ?? null;
}

function byFolders(pictures: readonly string[]): FolderEntry[] {
  const parts = pictures.map((id) => id.split('/'));
  const splits = parts.every((p) => p.length > 1 && splitNamed(p[0]!) !== undefined);
  return pictures.map((id, i) => {
    const path = splits ? parts[i]!.slice(1) : parts[i]!;
    return {
      id,
      class: path.length > 1 ? path[0]!.normalize('NFC') : null,
      split: splits ? splitNamed(parts[i]![0]!)! : null,
      patient: null,
      reader: null,
    };
  });
}

async function byTable(root: string, table: string, pictures: readonly string[]): Promise<FolderPlan> {
  const { columns, rows } = await readTable(table);
  const wrong = (reason: string): UserError => new UserError('table-invalid', reason, { file: table });
  for (const column of ['path', 'label'])
    if (!columns.includes(column)) throw wrong(`it has no column "${column}" (it has ${columns.join(', ')})`);
  const known = new Set(pictures);
  const seen = new Map<string, number>();
  const entries: FolderEntry[] = [];
  const quarantined: { file: string; reason: string }[] = [];
  const text = (row: Readonly<Record<string, string>>, column: string): string | null =>
    row[column]?.trim().normalize('NFC') || null;
  rows.forEach((row, i) => {
    const line = i + 2;
    const path = row.path!.trim();
    if (path === '') throw wrong(`row ${line} has no path`);
    const id = placeOf(root, table, path, known);
    if (id === null) {
      quarantined.push({
        file: path,
        reason: `row ${line} of the table names it, but no such picture lies in the folder`,
      });
      return;
    }
    const before = seen.get(id);
    if (before !== undefined) throw wrong(`rows ${before} and ${line} both name "${id}"`);
    seen.set(id, line);
    const split = text(row, 'split');
    if (split !== null && splitNamed(split) === undefined)
      throw wrong(`row ${line} has the split "${split}"; train, val and test are known`);
    entries.push({
      id,
      class: text(row, 'label'),
      split: split === null ? null : splitNamed(split)!,
      patient: text(row, 'patient'),
      reader: text(row, 'reader'),
    });
  });
  const withSplit = entries.filter((e) => e.split !== null).length;
  if (withSplit > 0 && withSplit < entries.length) {
    const without = entries.find((e) => e.split === null)!;
    throw wrong(`row ${seen.get(without.id)!} has no split, while others have one`);
  }
  if (new Set(entries.map((e) => e.class)).size > MOST_CLASSES)
    throw wrong(`the column "label" has more than ${MOST_CLASSES} different values`);
  if (entries.length === 0)
    throw new UserError('file-no-samples', 'no row of it names a picture in the folder', { file: table });
  const left = pictures.filter((id) => !seen.has(id)).length;
  if (left > 0) quarantined.push({ file: root, reason: `${left} of its pictures are named by no row of the table` });
  // In the folder's own order, whatever the table's: keys and ids go together.
  const order = new Map(pictures.map((id, i) => [id, i]));
  return { entries: entries.sort((a, b) => order.get(a.id)! - order.get(b.id)!), quarantined, table };
}

/** A path of the table, relative to the folder or to the table, or absolute; null where it is none of the folder's pictures. */
function placeOf(root: string, table: string, path: string, known: ReadonlySet<string>): string | null {
  const local = path.replaceAll('\\', '/');
  for (const full of isAbsolute(local) ? [local] : [join(root, local), resolve(dirname(table), local)]) {
    const id = relative(root, full).split(sep).join('/');
    if (known.has(id)) return id;
  }
  return null;
}
