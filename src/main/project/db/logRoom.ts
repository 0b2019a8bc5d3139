import { closeSync, fdatasync, fstatSync, openSync, writeSync } from 'node:fs';

/** Bytes of log made at once: what some hundred labels take until a pause moves them into the database. */
export const LOG_ROOM = 8 * 2 ** 20;

/**
 * Makes room in the write-ahead log of an open database, right after opening, before anything is written. A label then goes
 * into blocks that the file has already. A log that grows makes every commit wait for the file system's own journal as well, and
 * thereby for whatever other programs are writing.
 *
 * The room is zeros behind what stands in the log: to SQLite the log ends at the first frame without the log's own salt. It
 * keeps no lock on this file, so that opening and closing it here takes none away.
 */
export function makeLogRoom(databaseFile: string): void {
  let log: number;
  try {
    log = openSync(`${databaseFile}-wal`, 'r+');
  } catch {
    return; // no log yet: it will grow as it is written
  }
  try {
    const zeros = new Uint8Array(2 ** 20);
    for (let at = fstatSync(log).size; at < LOG_ROOM;)
      at += writeSync(log, zeros, 0, Math.min(zeros.length, LOG_ROOM - at), at);
  } catch {
    // A disk that has no room for this may have enough for labels.
  }
  fdatasync(log, () => closeSync(log));
}
