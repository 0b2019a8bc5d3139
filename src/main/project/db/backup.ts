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
import type { Db } from './sqlite';

const KEPT = 5;
const DAY = 24 * 60 * 60 * 1000;
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
  const folder = join(dirname(db.file), 'backups');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.endsWith('.part')) rmSync(join(folder, name));
  const target = join(folder, `project-${now.toISOString().replaceAll(/[:.]/g, '-')}-${why}.db`);
  const part = `${target}.part`;
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
  renameSync(part, target);
  syncFolder(folder);
  for (const name of listBackups(folder).slice(0, -KEPT)) rmSync(join(folder, name));
  return target;
}

/** Makes the day's copy unless the newest one is younger than a day. @returns its path, null where none was due */
export function dailyBackup(db: Db, now = new Date()): string | null {
  const folder = join(dirname(db.file), 'backups');
  const newest = listBackups(folder).at(-1);
  if (newest !== undefined && now.getTime() - statSync(join(folder, newest)).mtimeMs < DAY) return null;
  return backup(db, 'daily', now);
}
