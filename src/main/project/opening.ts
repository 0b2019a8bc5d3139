import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { InputRecipe } from '@shared/domain';
import { UserError } from '@shared/errors';
import { backup } from './db/backup';
import { formatVersion, migrate, MIGRATIONS } from './db/migrations';
import { releaseFiles } from './db/release';
import { Db } from './db/sqlite';
import { readIdentity, writeIdentity, type Identity } from './identity';
import { findFact, getFact } from './meta';
import { DATABASE, FOLDERS } from './names';
import { Originals } from './originals';
import { BoxTable } from './boxes/table';
import { loadScheme } from './journal/events';
import { upsertLabel } from './journal/labelView';
import { replay } from './journal/replay';
import { ProjectLock } from './lock';
import { PixelStore, type PixelParts } from './pixels';
import { SampleTable } from './samples';
import type { Holder } from './types';
import { UserData } from './userData';
import { ProjectVolumes, type VolumeReading } from './volumes';

export interface OpenOptions {
  readonly holder: Holder['holder'];
  /** Where other processes reach this one. */
  readonly socket?: string;
  /** No lock and no change; may be opened beside a writer. */
  readonly readOnly?: boolean;
  /** Names this workstation in events. */
  readonly device?: string;
  /** Reads volumes of studies; in this process unless given. */
  readonly reading?: VolumeReading;
}

/** The files of an open project. */
export interface Store {
  readonly dir: string;
  readonly db: Db;
  /** null: open read-only. */
  readonly lock: ProjectLock | null;
  identity: Identity;
  readonly device: string;
}

/**
 * Takes the lock and brings the database up to date, or opens it read-only beside whoever holds it.
 * @throws UserError as `Project.open`
 */
export async function openStore(dir: string, options: OpenOptions): Promise<Store> {
  const file = requireProject(dir);
  if (options.readOnly) {
    const db = openDatabaseReadOnly(file);
    try {
      return { dir, db, lock: null, identity: identityOf(dir, db), device: '' };
    } catch (error) {
      db.close();
      await releaseFiles();
      throw error;
    }
  }
  const lock = ProjectLock.take(dir, options);
  let db: Db | undefined;
  try {
    db = Db.open(file);
    const opened = db;
    migrate(opened, (from) => backup(opened, `before-format-${from + 1}`));
    for (const folder of FOLDERS) mkdirSync(join(dir, folder), { recursive: true });
    mendView(opened);
    const device = options.device ?? new UserData().device();
    return { dir, db, lock, identity: identityOf(dir, opened), device };
  } catch (error) {
    db?.close();
    await releaseFiles();
    lock.release();
    throw error;
  }
}

/** Writes what the identity file says from now on. A copy without one gets a file of its own. */
export function keepIdentity(store: Store, identity: Identity): void {
  writeIdentity(store.dir, identity);
  store.identity = identity;
}

/** Lets go of the files, then of the lock. */
export async function closeStore(store: Store): Promise<void> {
  store.db.close();
  await releaseFiles();
  store.lock?.release();
}

/**
 * Pixels alone, read-only, beside a writer; for the compute process.
 * @param input of a run its own; the project's otherwise
 * @throws UserError as `Project.open`
 */
export async function openPixels(dir: string, input?: InputRecipe): Promise<PixelStore> {
  const db = openDatabaseReadOnly(requireProject(resolve(dir)));
  try {
    const { sources, volumes } = identityOf(dir, db);
    const originals = new Originals(dir, sources);
    const parts = {
      samples: SampleTable.load(db),
      originals,
      volumes: ProjectVolumes.load(db, originals, () => volumes),
      boxes: BoxTable.load(db),
    };
    return pixelStore(resolve(dir), parts, input ?? getFact(db, 'input'));
  } finally {
    db.close();
    await releaseFiles();
  }
}

function requireProject(dir: string): string {
  const file = join(dir, DATABASE);
  if (!existsSync(file))
    throw new UserError('project-missing', 'there is no Residua project in this folder', { file: dir });
  return file;
}

function openDatabaseReadOnly(file: string): Db {
  const db = Db.openReadOnly(file);
  const version = formatVersion(db);
  if (version === MIGRATIONS.length) return db;
  db.close();
  throw new UserError(
    'project-damaged',
    'its format is an older one: open it for writing once to bring it up to date',
    {
      file,
    },
  );
}

export const pixelStore = (dir: string, parts: PixelParts, input: InputRecipe): PixelStore =>
  new PixelStore(parts, join(dir, 'cache'), input);

const identityOf = (dir: string, db: Db): Identity => readIdentity(dir, findFact(db, 'given'));

/** The table `labels` is kept in the transactions of the events; should it lag behind all the same, the events decide. */
function mendView(db: Db): void {
  const [events, labels, size] = db.get<[number, number, number]>(
    `SELECT (SELECT coalesce(max(position), 0) FROM events), (SELECT coalesce(max(position), 0) FROM labels),
     (SELECT count(*) FROM samples)`,
  )!;
  if (events === labels) return;
  const view = replay(db, size, events, loadScheme(db));
  db.transaction(() => {
    db.run('DELETE FROM labels');
    for (let key = 0; key < size; key++) {
      const changedAt = view.changedAt[key] ?? null;
      if (changedAt !== null) upsertLabel(db, key, view.raw(key), changedAt, view.positions[key]!);
    }
  });
}
