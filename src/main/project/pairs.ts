import { duplicatePair } from '@shared/domain';
import type { Db } from './db/sqlite';
import type { StoredPair } from './types';

/** Writes the pairs of duplicates as the import found them; what was decided belongs to a version of the splits. @param first number of the first */
export function insertPairs(db: Db, pairs: readonly StoredPair[], first = 0): void {
  pairs.forEach(({ joined: _, ...pair }, i) =>
    db.run(
      'INSERT INTO pairs VALUES (?, ?, ?, ?, ?)',
      first + i,
      pair.a.index,
      pair.b.index,
      pair.exact ? 1 : 0,
      JSON.stringify(pair),
    ),
  );
}

/** Pairs as the import page showed them, with what the present splits decided. */
export function loadPairs(db: Db, splitVersion: number, offset: number, limit: number): StoredPair[] {
  return db
    .all<[string, number | null]>(
      `SELECT data, joined FROM pairs LEFT JOIN pair_decisions ON pair_decisions.number = pairs.number AND version = ?
       ORDER BY pairs.number LIMIT ? OFFSET ?`,
      splitVersion,
      limit,
      offset,
    )
    .map(([data, joined]) => ({ ...duplicatePair.parse(JSON.parse(data)), joined: joined === 1 }));
}

/** The other sides of a sample's pairs. */
export function loadTwins(db: Db, key: number): { key: number; exact: boolean }[] {
  return db
    .all<[number, number]>(
      'SELECT b, exact FROM pairs WHERE a = ? UNION SELECT a, exact FROM pairs WHERE b = ? ORDER BY 2 DESC, 1',
      key,
      key,
    )
    .map(([other, exact]) => ({ key: other, exact: exact === 1 }));
}

export const countPairs = (db: Db): number => db.get<[number]>('SELECT count(*) FROM pairs')![0];
