import type { UserError } from '@shared/errors';
import { clearBackups, oldBackups } from './db/backup';
import { snapshotDatabase } from './db/snapshot';
import type { Db } from './db/sqlite';
import { dropFact, findFact, setFact } from './meta';
import type { Upkeep } from './upkeep';

/** Copies of the database: the day's in the project, dated ones in a folder elsewhere. */
export class Backups {
  /** @param upkeep null where the project is open read-only */
  constructor(
    private readonly db: Db,
    private readonly upkeep: Upkeep | null,
    private readonly requireWritable: () => void,
  ) {}

  /** Why the day's copy could not be made; null where it was. */
  get problem(): UserError | null {
    return this.upkeep?.backupProblem ?? null;
  }

  /** Folder of dated backups outside of the project. */
  get to(): string | null {
    return findFact(this.db, 'backupsTo');
  }

  setTo(dir: string | null): void {
    this.requireWritable();
    this.db.transaction(() => (dir === null ? dropFact(this.db, 'backupsTo') : setFact(this.db, 'backupsTo', dir)));
  }

  /** Copies but for the newest, and what they take. */
  old(): { count: number; bytes: number } {
    return oldBackups(this.db);
  }

  /** Deletes them. */
  clear(): void {
    this.requireWritable();
    clearBackups(this.db);
  }

  /** Writes the database as it is now into `file`, while labels go on being written. */
  snapshot(file: string): Promise<void> {
    return snapshotDatabase(this.db.file, file);
  }
}
