import type { DuplicatePair, DuplicateCounts, Split } from '@shared/domain';
import type { Db } from './db/sqlite';
import { setFact } from './meta';
import { insertPairs, updateComponents } from './pairs';
import { SPLIT_CODES } from './types';

/** What a search among all samples of a project found, by key. */
export interface FoundPairs {
  /** Near pairs in the order in which a person should see them; exact ones are known since the import. */
  readonly near: readonly DuplicatePair[];
  readonly counts: DuplicateCounts;
  /** By sample its component over all pairs, and the sizes of these. */
  readonly component: Int32Array;
  readonly componentSizes: Int32Array;
  /** Test samples with a twin in train or validation under these splits, by key. */
  leaks(split: (key: number) => Split | null): number;
}

/** Writes them, all or nothing. Every version of the splits learns how many of its test samples leak; none of its members changes. */
export function keepFound(db: Db, found: FoundPairs): void {
  db.transaction(() => {
    const next = db.get<[number]>('SELECT coalesce(max(number), -1) + 1 FROM pairs')![0];
    updateComponents(db, (key) => {
      const component = found.component[key]!;
      return { component, componentSize: found.componentSizes[component]! };
    });
    insertPairs(db, found.near, next);
    setFact(db, 'duplicates', found.counts);
    setFact(db, 'nearSearch', null);
    for (const [version] of db.all<[number]>('SELECT version FROM split_versions')) {
      const members = db.all<[Split | null]>('SELECT split FROM split_members WHERE version = ? ORDER BY key', version);
      const splits = Uint8Array.from(members, ([split]) => SPLIT_CODES.indexOf(split));
      db.run(
        'UPDATE split_versions SET near_looked_for = 1, test_leaks = ? WHERE version = ?',
        found.leaks((key) => SPLIT_CODES[splits[key] ?? SPLIT_CODES.indexOf(null)]!),
        version,
      );
    }
  });
}
