import type { SplitHistory, SplitVersion } from '@shared/domain';
import type { Db } from './db/sqlite';
import { loadPairs } from './pairs';
import { loadOrigins } from './samples';
import { insertSplits, loadHistory, splitMembers, SplitTable } from './splits';
import type { NewSplitVersion, ScoredTest, SplitMaterial } from './types';

/** What the versions ask of their project. */
export interface SplitContext {
  scorings(): readonly ScoredTest[];
  /** By key what a draw spreads evenly; null without a label. */
  strata(): readonly (number | null)[];
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

  /** Writes the next version, which is the present one then. */
  append(next: NewSplitVersion): void {
    this.db.transaction(() => insertSplits(this.db, this.version.version + 1, next, splitMembers(next), next.joined));
    this.reload();
  }

  /** Takes notice of what was written beside. */
  reload(): void {
    this.table = SplitTable.load(this.db);
  }
}
