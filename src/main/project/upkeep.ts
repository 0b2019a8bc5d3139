import { fileError } from '@main/formats';
import { UserError } from '@shared/errors';
import { dailyBackup } from './db/backup';
import { makeLogRoom } from './db/logRoom';
import type { Db } from './db/sqlite';

const HOUR = 60 * 60 * 1000;
/** Milliseconds without a new label. */
const PAUSE = 1000;
/** Milliseconds after opening until the day's copy is looked for. */
const AFTER_OPENING = 3000;

/** What a database that is open for writing needs from time to time: the day's copy, and its log moved into the file. */
export class Upkeep {
  private readonly hourly: NodeJS.Timeout;
  private readonly first: NodeJS.Timeout;
  private pause: NodeJS.Timeout | undefined;
  private backupError: UserError | null = null;
  private copying: Promise<void> | null = null;
  private looked = false;

  /** @param problem told when the day's copy could not be made, and again when it could */
  constructor(
    private readonly db: Db,
    private readonly problem: (error: UserError | null) => void,
  ) {
    makeLogRoom(db.file);
    // Whoever opens a project waits for its samples first.
    this.first = setTimeout(() => void this.backUp(), AFTER_OPENING).unref();
    this.hourly = setInterval(() => void this.backUp(), HOUR).unref();
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

  /** Before closing: a copy that is under way is made to the end, and one that is due is not left out. */
  async end(): Promise<void> {
    clearInterval(this.hourly);
    clearTimeout(this.first);
    clearTimeout(this.pause);
    await (this.looked ? this.copying : this.backUp());
    // A log that a full disk keeps from being moved stays beside the file, and holds everything all the same.
    unlessRefused(() => this.db.checkpoint());
  }

  /** A copy that cannot be made keeps nobody from their labels. */
  private backUp(): Promise<void> {
    this.looked = true;
    return (this.copying ??= this.copy().finally(() => (this.copying = null)));
  }

  private async copy(): Promise<void> {
    const before = this.backupError;
    try {
      await dailyBackup(this.db);
      this.backupError = null;
    } catch (error) {
      this.backupError = fileError(error, this.db.file);
    }
    if (before !== this.backupError) this.problem(this.backupError);
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
