import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../atomicFile';
import { snapshotDatabase } from './snapshot';
import type { Db } from './sqlite';

const KEPT = 5;
const DAY = 24 * 60 * 60 * 1000;
/** Of an unfinished copy; the dated ones for other folders have names of their own. */
const PART = /^project-.*\.part$/;
const isBackup = (name: string): boolean => /^project-.*\.db$/.test(name);

/** Newest last. */
export function listBackups(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter(isBackup).sort();
}

/**
 * Copies the whole database as of now, also while others read it; the copy is on the disk when this returns.
 * Only the last five copies are kept.
 * @param why `daily`, or `before-format-2`
 */
export function backup(db: Db, why: string, now = new Date()): string {
  const { target, part } = beginCopy(db, why, now);
  try {
    db.run('VACUUM INTO ?', part);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  const handle = openSync(part, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return endCopy(target);
}

/**
 * Makes the day's copy unless the newest one is younger than a day: of one moment, beside the event loop, so that whoever opens the
 * project or sets labels waits for nothing. @returns its path, null where none was due
 * @throws UserError `disk-full`, `file-unreadable`, `project-damaged`; nothing is left behind then
 */
export async function dailyBackup(db: Pick<Db, 'file'>, now = new Date()): Promise<string | null> {
  const folder = folderOf(db);
  const newest = listBackups(folder).at(-1);
  if (newest !== undefined && now.getTime() - statSync(join(folder, newest)).mtimeMs < DAY) return null;
  const { target, part } = beginCopy(db, 'daily', now);
  await snapshotDatabase(db.file, part);
  return endCopy(target);
}

/** All copies but the newest, and what they take. */
export function oldBackups(db: Pick<Db, 'file'>): { count: number; bytes: number } {
  const folder = folderOf(db);
  const old = listBackups(folder).slice(0, -1);
  return { count: old.length, bytes: old.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) };
}

/** Removes all copies but the newest. */
export function clearBackups(db: Pick<Db, 'file'>): void {
  const folder = folderOf(db);
  for (const name of listBackups(folder).slice(0, -1)) rmSync(join(folder, name));
}

const folderOf = (db: Pick<Db, 'file'>): string => join(dirname(db.file), 'backups');

/** A place for a copy; what was left of one that was cut off goes. */
function beginCopy(db: Pick<Db, 'file'>, why: string, now: Date): { target: string; part: string } {
  const folder = folderOf(db);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (PART.test(name)) rmSync(join(folder, name));
  const target = join(folder, `project-${now.toISOString().replaceAll(/[:.]/g, '-')}-${why}.db`);
  return { target, part: `${target}.part` };
}

/** The copy is whole: it gets its name, and the oldest ones go. */
function endCopy(target: string): string {
  const folder = dirname(target);
  renameSync(`${target}.part`, target);
  syncFolder(folder);
  for (const name of listBackups(folder).slice(0, -KEPT)) rmSync(join(folder, name));
  return target;
}
