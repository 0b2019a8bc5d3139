import { duplicatePair, type DuplicatePair } from '@shared/domain';
import type { Db } from './db/sqlite';
import type { LoadedPair, StoredPair } from './types';

/** Writes the pairs of duplicates as they were found; what was decided belongs to a version of the splits. @param first number of the first */
export function insertPairs(db: Db, pairs: readonly (DuplicatePair | StoredPair)[], first = 0): void {
  pairs.forEach((pair, i) => {
    const { joined: _, ...found } = { joined: null, ...pair };
    db.run(
      'INSERT INTO pairs VALUES (?, ?, ?, ?, ?)',
      first + i,
      pair.a.index,
      pair.b.index,
      pair.exact ? 1 : 0,
      JSON.stringify(found),
    );
  });
}

/** A later search found more pairs: those of before now belong to larger components. */
export function updateComponents(db: Db, of: (key: number) => { component: number; componentSize: number }): void {
  for (const [number, a, data] of db.all<[number, number, string]>('SELECT number, a, data FROM pairs'))
    db.run(
      'UPDATE pairs SET data = ? WHERE number = ?',
      JSON.stringify({ ...duplicatePair.parse(JSON.parse(data)), ...of(a) }),
      number,
    );
}

/** Pairs as they were found, in order of their numbers, with what a version of the splits decided; null: nothing. */
export function loadPairs(db: Db, splitVersion: number, offset: number, limit: number): LoadedPair[] {
  return db
    .all<[string, number | null]>(
      `SELECT data, joined FROM pairs LEFT JOIN pair_decisions ON pair_decisions.number = pairs.number AND version = ?
       ORDER BY pairs.number LIMIT ? OFFSET ?`,
      splitVersion,
      limit,
      offset,
    )
    .map(([data, joined]) => ({
      ...duplicatePair.parse(JSON.parse(data)),
      joined: joined === null ? null : joined === 1,
    }));
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

/** Pairs that a version of the splits does not know of. */
export const countUndecided = (db: Db, splitVersion: number): number =>
  db.get<[number]>(
    `SELECT count(*) FROM pairs WHERE NOT EXISTS
       (SELECT 1 FROM pair_decisions d WHERE d.version = ? AND d.number = pairs.number)`,
    splitVersion,
  )![0];
