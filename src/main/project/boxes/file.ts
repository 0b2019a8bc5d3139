import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { volumeBox, type LabelScheme } from '@shared/domain';
import { UserError } from '@shared/errors';
import { fileError, readTable } from '@main/formats';
import type { ProjectVolumes } from '../volumes';
import type { NewBox } from './book';

/** Bytes of a list of boxes at most. */
const MOST_BYTES = 64 * 2 ** 20;
const STRAIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const NUMBERS = ['x', 'y', 'z', 'size_x', 'size_y', 'size_z'] as const;
const AXES = Array.from({ length: 9 }, (_, i) => `axis_${Math.floor(i / 3) + 1}${(i % 3) + 1}`);

const entry = volumeBox.extend({
  /** Pseudonym, or name of its file, or UID of its series. */
  volume: z.string(),
  axes: volumeBox.shape.axes.default(STRAIGHT),
  name: z.string().trim().min(1).optional(),
  /** Full name of a class. */
  label: z.string().trim().optional(),
});
type Entry = z.infer<typeof entry>;

/** A box of a file, with the class that it names. */
export interface ListedBox extends NewBox {
  readonly class: number | null;
}

/**
 * Boxes of a CSV file (columns volume, x, y, z, size_x, size_y, size_z; optional name, label, axis_11 … axis_33) or a JSON array of
 * {volume, centre, size, axes?, name?, label?}, in patient millimetres (LPS).
 * @throws UserError naming file and row; nothing is taken then
 */
export async function readBoxes(file: string, volumes: ProjectVolumes, scheme: LabelScheme): Promise<ListedBox[]> {
  const wrong = (row: number, reason: string): UserError =>
    new UserError('value-invalid', `box ${row + 1}: ${reason}; nothing was taken`, { file });
  const entries = /\.json$/i.test(file) ? await fromJson(file, wrong) : await fromTable(file, wrong);
  if (entries.length === 0) throw new UserError('value-invalid', 'there is no box in it', { file });
  const keyOf = namesOf(volumes);
  return entries.map(({ volume: named, label, name, centre, size, axes }, row) => {
    const key = oneCalled(keyOf, named, (reason) => wrong(row, reason));
    const found = label ? scheme.classes.find((c) => c.name === label || c.short === label) : undefined;
    if (label && scheme.kind === 'answers')
      throw wrong(row, 'this project asks several questions: answers come with "labels import"');
    if (label && !found) throw wrong(row, `there is no class "${label}"`);
    return { volume: key, box: { centre, size, axes }, name, class: found?.id ?? null };
  });
}

type Wrong = (row: number, reason: string) => UserError;

function parsed(value: unknown, row: number, wrong: Wrong): Entry {
  const said = entry.safeParse(value);
  if (said.success) return said.data;
  const [issue] = said.error.issues;
  throw wrong(row, `${issue!.path.join('.') || 'the box'}: ${issue!.message}`);
}

async function fromJson(file: string, wrong: Wrong): Promise<Entry[]> {
  try {
    if ((await stat(file)).size > MOST_BYTES)
      throw new UserError('file-too-large', 'no list of boxes is that large', { file });
    const list: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!Array.isArray(list)) throw new UserError('file-damaged', 'it holds no list of boxes', { file });
    return list.map((value, row) => parsed(value, row, wrong));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new UserError('file-damaged', `it is no JSON: ${error.message}`, { file, cause: error });
    throw error instanceof Error && 'syscall' in error ? fileError(error, file) : error;
  }
}

async function fromTable(file: string, wrong: Wrong): Promise<Entry[]> {
  const { columns, rows } = await readTable(file);
  const missing = ['volume', ...NUMBERS].filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new UserError('value-invalid', `a list of boxes needs the columns ${missing.join(', ')}`, { file });
  return rows.map((row, at) => {
    const number = (name: string): number => {
      const text = row[name] ?? '';
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw wrong(at, `"${text}" in ${name} is no number`);
      return Number(text);
    };
    const turned = AXES.every((name) => (row[name] ?? '').trim() !== '');
    const [x, y, z, sx, sy, sz] = NUMBERS.map(number);
    const box = { volume: row.volume, centre: [x, y, z], size: [sx, sy, sz] };
    const axes = turned ? { axes: AXES.map(number) } : {};
    return parsed({ ...box, ...axes, name: row.name || undefined, label: row.label || undefined }, at, wrong);
  });
}

function oneCalled(names: ReadonlyMap<string, number[]>, name: string, wrong: (reason: string) => UserError): number {
  const [key, ...more] = names.get(name) ?? [];
  if (key === undefined) throw wrong(`the project has no volume "${name}"`);
  if (more.length > 0) throw wrong(`${more.length + 1} volumes are called "${name}": name the one by its pseudonym`);
  return key;
}

/** The volume that is called so. @throws UserError `value-invalid` */
export const volumeCalled = (volumes: ProjectVolumes, name: string): number =>
  oneCalled(namesOf(volumes), name, (reason) => new UserError('value-invalid', reason));

/** Volumes by what a list may call them: those names stay in the list and in the identity file. */
function namesOf(volumes: ProjectVolumes): Map<string, number[]> {
  const names = new Map<string, number[]>();
  for (const { key, id } of volumes.all()) {
    const original = volumes.original(key);
    const [file, ...more] = original?.files ?? [];
    const own = [id, ...(file !== undefined && more.length === 0 ? [file, basename(file)] : [])];
    if (original?.series) own.push(original.series.uid);
    if (original?.folder) own.push(original.folder);
    for (const name of new Set(own)) names.set(name, [...(names.get(name) ?? []), key]);
  }
  return names;
}
