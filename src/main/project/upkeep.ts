import { UserError } from '@shared/errors';
import { dailyBackup } from './db/backup';
import { makeLogRoom } from './db/logRoom';
import type { Db } from './db/sqlite';

const HOUR = 60 * 60 * 1000;
/** Milliseconds without a new label. */
const PAUSE = 1000;

/** What a database that is open for writing needs from time to time: the day's copy, and its log moved into the file. */
export class Upkeep {
  private readonly hourly: NodeJS.Timeout;
  private pause: NodeJS.Timeout | undefined;
  private backupError: UserError | null = null;

  constructor(private readonly db: Db) {
    this.backUp();
    makeLogRoom(db.file);
    this.hourly = setInterval(() => this.backUp(), HOUR).unref();
  }

  /** Why the day's copy could not be made; null where it was. */
  get backupProblem(): UserError | null {
    return this.backupError;
  }

  /** After a change: a pause in labelling is when the log is put in order, so that no label has to wait for it. */
  changed(): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => unlessRefused(() => this.db.settle()), PAUSE).unref();
  }

  /** Before closing. */
  end(): void {
    clearInterval(this.hourly);
    clearTimeout(this.pause);
    // A log that a full disk keeps from being moved stays beside the file, and holds everything all the same.
    unlessRefused(() => this.db.checkpoint());
  }

  /** A copy that cannot be made keeps nobody from their labels. */
  private backUp(): void {
    this.backupError = unlessRefused(() => dailyBackup(this.db));
  }
}

/** @returns the reason where disk or database refused */
function unlessRefused(work: () => void): UserError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}
