import { loadFrozen } from './rereads';
import type { Db } from './db/sqlite';
import type { LabelJournal } from './journal/journal';
import type { SplitVersions } from './splitVersions';
import { SPLIT_CODES, type LabelSnapshot, type ScoredTest } from './types';

const TEST = SPLIT_CODES.indexOf('test');

/** What the scorings ask of their project. */
export interface ScoringContext {
  readonly db: Db;
  readonly splits: SplitVersions;
  labels(): LabelJournal;
  /** Who reads now. */
  reader(): string | null;
  requireWritable(): void;
  /** A scoring was logged: what may be shown of test is more now. */
  logged(): void;
}

/** The log of looks at the test split, and what follows from it: labels of test samples that were scored stay as they are. */
export class TestScorings {
  private scorings: readonly ScoredTest[];
  /** By key: where the journal stood when the sample was first scored as a test sample. */
  private frozenAt: ReadonlyMap<number, number>;

  constructor(private readonly context: ScoringContext) {
    this.scorings = loadScorings(context.db);
    this.frozenAt = loadFrozen(context.db);
  }

  /** In the order of their time. */
  all(): readonly ScoredTest[] {
    return this.scorings;
  }

  /** Scorings of the present splits, of one run or of all. */
  count(run?: string): { times: number; runs: number } {
    const { version } = this.context.splits.version;
    const counted = this.scorings.filter((s) => s.splitVersion === version && (run === undefined || s.run === run));
    return { times: counted.length, runs: new Set(counted.map((s) => s.run)).size };
  }

  /** Logs that this run's predictions of the test split were looked at. Test labels stay as they are from now on. */
  log(run: string): void {
    const { context } = this;
    context.requireWritable();
    const scoring = {
      run,
      time: new Date().toISOString(),
      reader: context.reader(),
      splitVersion: context.splits.version.version,
      journal: context.labels().position,
    };
    addScoring(context.db, scoring);
    this.scorings = [...this.scorings, scoring];
    this.frozenAt = loadFrozen(context.db);
    context.logged();
  }

  /** A test sample that was scored: its label changes only in a blind re-read. */
  isFrozen(key: number): boolean {
    return this.context.splits.table.splits[key] === TEST && this.frozenAt.has(key);
  }

  /** Keys of all such samples. */
  frozen(): number[] {
    return [...this.frozenAt.keys()].filter((key) => this.isFrozen(key));
  }

  /** Labels of now, but those of scored test samples as they were at their first scoring. */
  originalLabels(): Pick<LabelSnapshot, 'classes' | 'states' | 'answers'> {
    const labels = this.context.labels();
    const { classes, states, answers } = labels.now();
    for (const position of new Set(this.frozenAt.values())) {
      const then = labels.at(position);
      for (const [key, at] of this.frozenAt)
        if (at === position && this.isFrozen(key)) {
          classes[key] = then.classes[key]!;
          states[key] = then.states[key]!;
          for (const [id, column] of answers) column[key] = then.answers.get(id)![key]!;
        }
    }
    return { classes, states, answers };
  }
}

/** Logs that a run's predictions of the test split were looked at; never taken back. */
function addScoring(db: Db, scoring: ScoredTest): void {
  db.transaction(() =>
    db.run(
      'INSERT INTO test_scorings (run, time, reader, split_version, journal) VALUES (?, ?, ?, ?, ?)',
      scoring.run,
      scoring.time,
      scoring.reader,
      scoring.splitVersion,
      scoring.journal,
    ),
  );
}

/** In the order of their time. */
function loadScorings(db: Db): ScoredTest[] {
  return db
    .all<[string, string, string | null, number, number]>(
      'SELECT run, time, reader, split_version, journal FROM test_scorings ORDER BY number',
    )
    .map(([run, time, reader, splitVersion, journal]) => ({ run, time, reader, splitVersion, journal }));
}
