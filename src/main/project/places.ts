import { readerPlace, type ReaderPlace } from '@shared/domain';
import type { Db } from './db/sqlite';

/** Rows of `meta` that hold where each reader was. */
export const PLACES = 'place:';

/** Where each reader was when they last looked. */
export class ReaderPlaces {
  constructor(
    private readonly db: Db,
    private readonly requireWritable: () => void,
  ) {}

  /** null where nothing is known; what cannot be understood (of another version of the app) is no place: the reader starts at the beginning. */
  of(reader: string): ReaderPlace | null {
    const row = this.db.get<[string]>('SELECT value FROM meta WHERE name = ?', PLACES + reader);
    const parsed = readerPlace.safeParse(row && JSON.parse(row[0]));
    return parsed.success ? parsed.data : null;
  }

  keep(reader: string, place: ReaderPlace): void {
    this.requireWritable();
    this.db.transaction(() =>
      this.db.run(
        'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
        PLACES + reader,
        JSON.stringify(place),
      ),
    );
  }
}
