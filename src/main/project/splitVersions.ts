import type { Split, SplitHistory, SplitVersion } from '@shared/domain';
import type { Db } from './db/sqlite';
import { loadPairs } from './pairs';
import { loadOrigins } from './samples';
import { insertSplits, loadHistory, splitMembers, SplitTable } from './splits';
import { SPLIT_CODES, type NewSplitVersion, type ScoredTest, type SplitMaterial } from './types';

/** What the versions ask of their project. */
export interface SplitContext {
  scorings(): readonly ScoredTest[];
  /** By key what a draw spreads evenly; null without a label. */
  strata(): (number | null)[];
}

/** The versions of the splits: the present one, those before, and all that a next one is drawn from. */
export class SplitVersions {
  table: SplitTable;

  constructor(
    private readonly db: Db,
    private readonly context: SplitContext,
  ) {
    this.table = SplitTable.load(db);
  }

  get version(): SplitVersion {
    return this.table.version;
  }

  /** All of them, the newest first. */
  history(): SplitHistory {
    const { officialSplits } = loadOrigins(this.db);
    const count = (split: string): number => officialSplits.filter((s) => s === split).length;
    const versions = loadHistory(this.db).map((version) => {
      const scored = this.context.scorings().filter((s) => s.splitVersion === version.version);
      return { ...version, scored: { times: scored.length, runs: new Set(scored.map((s) => s.run)).size } };
    });
    const official = { train: count('train'), val: count('val'), test: count('test') };
    return { versions, official: officialSplits.some((s) => s !== null) ? official : null };
  }

  /** All that a new version is drawn from. */
  material(): SplitMaterial {
    return {
      ...loadOrigins(this.db),
      classes: this.context.strata(),
      pairs: loadPairs(this.db, this.version.version, 0, -1),
    };
  }

  /** Splits of a version, by key; null: in none. */
  membersOf(version: number): (Split | null)[] {
    return this.db
      .all<[Split | null]>('SELECT split FROM split_members WHERE version = ? ORDER BY key', version)
      .map(([split]) => split);
  }

  /** The present splits, by key; of samples that are left out as leaks the split that they were in before, or that the data brought. */
  withoutLeaks(): (Split | null)[] {
    const { splits, leaks } = this.table;
    const { officialSplits } = loadOrigins(this.db);
    const before = new Map(
      this.db.all<[number, Split | null]>(
        `SELECT m.key, m.split FROM split_members m
         JOIN (SELECT key, max(version) AS version FROM split_members WHERE leak = 0 GROUP BY key) USING (key, version)
         WHERE m.key IN (SELECT key FROM split_members WHERE version = ? AND leak = 1)`,
        this.version.version,
      ),
    );
    const brought = this.version.policy === 'leak-free';
    return Array.from(splits, (code, key) => {
      if (leaks[key] === 0) return SPLIT_CODES[code]!;
      return (brought ? officialSplits[key] : before.get(key)) ?? officialSplits[key] ?? null;
    });
  }

  /** Writes the next version inside of a transaction; it is the present one after `reload`. @returns its number */
  insert(next: NewSplitVersion): number {
    const number = this.version.version + 1;
    insertSplits(this.db, number, next, splitMembers(next), next.joined);
    return number;
  }

  /** Takes notice of what was written beside. */
  reload(): void {
    this.table = SplitTable.load(this.db);
  }
}
