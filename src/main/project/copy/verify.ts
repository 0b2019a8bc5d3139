import { join } from 'node:path';
import { UserError } from '@shared/errors';
import { DATABASE } from '../names';
import { releaseFiles } from '../db/release';
import { integrityFault } from '../db/snapshot';
import { Db } from '../db/sqlite';
import { chainParts, hashAt, lastPosition } from '../journal/events';
import { hashFile } from '../fileHash';

/** Events that are looked at in one go. */
const ROWS = 2000;

/** What a whole database says of itself. */
export interface DatabaseState {
  readonly samples: number;
  readonly journal: number;
  /** SHA-256 over all events. */
  readonly hash: string;
}

/** @throws UserError `project-damaged` where the database is not sound, or its journal has a gap */
export async function verifyDatabase(dir: string): Promise<DatabaseState> {
  const db = Db.openReadOnly(join(dir, DATABASE));
  try {
    const wrong = (reason: string): UserError => new UserError('project-damaged', reason, { file: db.file });
    const fault = await integrityFault(db.file);
    if (fault !== null) throw wrong(`the copy is not sound (${fault})`);
    if (db.get('PRAGMA foreign_key_check') !== undefined) throw wrong('the copy refers to rows that it does not have');
    for (const broken of chainParts(db, ROWS)) {
      if (broken !== null) throw wrong(`the copy's label journal does not follow from event ${broken} on`);
      await new Promise((next) => setImmediate(next));
    }
    const journal = lastPosition(db);
    const samples = db.get<[number]>('SELECT count(*) FROM samples')![0];
    return { samples, journal, hash: hashAt(db, journal) };
  } finally {
    db.close();
    await releaseFiles();
  }
}

/** @throws UserError `file-damaged` where a file is not what was read from the project */
export async function verifyFile(file: string, hash: string, onBytes: (done: number) => void): Promise<void> {
  if ((await hashFile(file, onBytes)) !== hash)
    throw new UserError('file-damaged', 'what was written is not what was read: the disk is not to be trusted', {
      file,
    });
}
