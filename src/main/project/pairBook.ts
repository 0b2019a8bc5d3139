import { answersOf, classOf, type ProjectPair, type Twin } from '@shared/domain';
import type { Db } from './db/sqlite';
import { compareSides } from './import/judge';
import type { LabelJournal } from './journal/journal';
import { keepFound, type FoundPairs } from './laterPairs';
import { getFact, setFact, type Facts } from './meta';
import { countPairs, countUndecided, loadPairs, loadTwins } from './pairs';
import type { SampleTable } from './samples';
import type { SplitVersions } from './splitVersions';
import { SPLIT_CODES } from './types';

/** What the pairs ask of their project. */
export interface PairContext {
  readonly db: Db;
  readonly samples: SampleTable;
  readonly splits: SplitVersions;
  labels(): LabelJournal;
  requireWritable(): void;
}

/** Pairs of samples with equal or nearly equal pixels, with labels and splits of now. */
export class PairBook {
  constructor(private readonly context: PairContext) {}

  /** In order of their numbers, with what the present splits decided. @param limit −1: all */
  page(offset: number, limit: number): { pairs: ProjectPair[]; total: number } {
    const { db, splits } = this.context;
    const pairs = loadPairs(db, splits.version.version, offset, limit).map((pair) => {
      const [a, b] = [this.side(pair.a.index), this.side(pair.b.index)];
      return { ...pair, a, b, ...compareSides(a, b) };
    });
    return { pairs, total: countPairs(db) };
  }

  /** The other sides of a sample's pairs, equal ones first. @throws UserError `sample-missing` */
  twins(key: number): Twin[] {
    const { db, samples } = this.context;
    samples.check(key);
    return loadTwins(db, key).map((twin) => {
      const { index: _, ...side } = this.side(twin.key);
      return { ...twin, ...side };
    });
  }

  /** A sample as pairs show it. */
  side(key: number): ProjectPair['a'] {
    const { samples, splits } = this.context;
    const { value } = this.context.labels().label(key);
    const split = SPLIT_CODES[splits.table.splits[key]!]!;
    return { index: key, id: samples.ids[key]!, split, class: classOf(value), answers: answersOf(value) };
  }

  /** Pairs that the present splits know nothing of. */
  get undecided(): number {
    const { db, splits } = this.context;
    return countUndecided(db, splits.version.version);
  }

  /** How the search for near-duplicates ended that the import could not do; null: it has not. */
  get search(): Facts['nearSearch'] {
    return getFact(this.context.db, 'nearSearch');
  }

  /** @param ended why nothing was found, or null to have it looked for again */
  setSearch(ended: Facts['nearSearch']): void {
    const { db } = this.context;
    this.context.requireWritable();
    db.transaction(() => setFact(db, 'nearSearch', ended));
  }

  /** Keeps what a later search found. Groups and splits stay as they are; how many test samples leak is known better now. */
  keep(found: FoundPairs): void {
    this.context.requireWritable();
    keepFound(this.context.db, found);
    // The same members: what was counted about them is new.
    this.context.splits.reload();
  }
}
