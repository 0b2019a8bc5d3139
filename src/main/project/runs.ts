import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';
import type { RunNote, ScoredTest } from './types';

/** Numbers a new run (1, 2 …). @param name null: `Run N` */
export function addRun(db: Db, run: string, name: string | null, note: string): RunNote {
  return db.transaction(() => {
    const number = db.get<[number]>('SELECT coalesce(max(number), 0) + 1 FROM runs')![0];
    const kept = { run, number, name: name?.trim() || `Run ${number}`, note };
    db.run('INSERT INTO runs (run, number, name, note) VALUES (?, ?, ?, ?)', run, number, kept.name, note);
    return kept;
  });
}

/** By number. */
export function loadRuns(db: Db): RunNote[] {
  return db
    .all<[string, number, string, string]>('SELECT run, number, name, note FROM runs ORDER BY number')
    .map(([run, number, name, note]) => ({ run, number, name, note }));
}

/** @throws UserError `run-missing` */
export function annotateRun(db: Db, run: string, name: string, note: string): void {
  const changed = db.transaction(() => db.run('UPDATE runs SET name = ?, note = ? WHERE run = ?', name, note, run));
  if (changed === 0) throw new UserError('run-missing', `there is no run "${run}" in this project`);
}

/** Logs that a run's predictions of the test split were looked at; never taken back. */
export function addScoring(db: Db, scoring: ScoredTest): void {
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
export function loadScorings(db: Db): ScoredTest[] {
  return db
    .all<[string, string, string | null, number, number]>(
      'SELECT run, time, reader, split_version, journal FROM test_scorings ORDER BY number',
    )
    .map(([run, time, reader, splitVersion, journal]) => ({ run, time, reader, splitVersion, journal }));
}
