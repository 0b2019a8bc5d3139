import { readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { writeFileAtomic } from './atomicFile';
import { z } from 'zod';
import { UserError } from '@shared/errors';
import type { Holder } from './types';

const holderFile = z.object({
  pid: z.number().int(),
  host: z.string(),
  holder: z.enum(['app', 'cli', 'serve']),
  socket: z.string().nullable(),
  since: z.string(),
}) satisfies z.ZodType<Holder>;

/**
 * The right to write a project. It is an open exclusive transaction on `lock.db`: the operating system takes it back when
 * the process ends in whatever way, so that no crash locks anybody out. `holder.json` only tells who has it.
 */
export class ProjectLock {
  private constructor(
    private readonly dir: string,
    private readonly database: Database.Database,
    private readonly holder: Holder,
  ) {}

  /** @throws UserError `project-locked` naming who holds it */
  static take(dir: string, who: { holder: Holder['holder']; socket?: string }): ProjectLock {
    const database = seize(dir);
    if (!database) throw lockedError(dir);
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      holder: who.holder,
      socket: who.socket ?? null,
      since: new Date().toISOString(),
    };
    const lock = new ProjectLock(dir, database, holder);
    try {
      lock.tell(holder);
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  }

  /** Says on which socket this process answers, once it listens. */
  announce(socket: string): void {
    this.tell({ ...this.holder, socket });
  }

  release(): void {
    rmSync(join(this.dir, 'holder.json'), { force: true });
    letGo(this.database);
  }

  private tell(holder: Holder): void {
    try {
      writeFileAtomic(join(this.dir, 'holder.json'), JSON.stringify(holder));
    } catch (error) {
      // A full disk keeps nobody from their labels: the lock stands without its name.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}

/**
 * Who holds the project for writing now; null where nobody does (what a crash left behind counts for nothing).
 * @throws UserError `project-locked` where somebody does and does not say who
 */
export function readHolder(dir: string): Holder | null {
  const free = seize(dir);
  if (free) {
    letGo(free);
    return null;
  }
  const holder = told(dir);
  if (!holder) throw lockedError(dir);
  return holder;
}

function lockedError(dir: string): UserError {
  const holder = told(dir);
  if (!holder) return new UserError('project-locked', 'another process has it open', { file: dir });
  const names = { app: 'the Residua app', cli: 'a Residua command line', serve: '"residua serve"' };
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
  return new UserError(
    'project-locked',
    `${names[holder.holder]} (process ${holder.pid}${where}) has had it open since ${holder.since}; close it there first`,
    { file: dir },
  );
}

/** What the present holder says; a holder that has just taken the lock is given a moment to say it. */
function told(dir: string): Holder | null {
  for (let tries = 0; tries < 10; tries++) {
    try {
      const holder = holderFile.parse(JSON.parse(readFileSync(join(dir, 'holder.json'), 'utf8')));
      if (holder.host !== hostname() || isAlive(holder.pid)) return holder;
    } catch {
      // Not written yet, or damaged: the lock itself stands all the same.
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  return null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Takes the lock if nobody has it. */
function seize(dir: string): Database.Database | null {
  const file = join(dir, 'lock.db');
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    // Nothing is ever written: without a journal in a file it also works on a full disk.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY')) return null;
    throw new UserError('file-unreadable', 'the folder cannot be written to; open it read-only', { file: dir, cause });
  }
}

function letGo(database: Database.Database): void {
  database.exec('ROLLBACK');
  database.close();
}
