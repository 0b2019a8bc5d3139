import { readerPlace, type ReaderPlace } from '@shared/domain';
import type { Db } from './db/sqlite';

/** Rows of `meta` that hold where each reader was. */
export const PLACES = 'place:';

/** What cannot be understood (of another version of the app) is no place: the reader starts at the beginning. */
export function readPlace(db: Db, reader: string): ReaderPlace | null {
  const row = db.get<[string]>('SELECT value FROM meta WHERE name = ?', PLACES + reader);
  const parsed = readerPlace.safeParse(row && JSON.parse(row[0]));
  return parsed.success ? parsed.data : null;
}

/** Call inside a transaction. */
export function writePlace(db: Db, reader: string, place: ReaderPlace): void {
  db.run(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    PLACES + reader,
    JSON.stringify(place),
  );
}
