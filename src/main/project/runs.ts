import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';
import type { RunNote } from './types';

/** Numbers, names and notes of the runs; their folders hold everything else. */
export class RunBook {
  constructor(
    private readonly db: Db,
    private readonly requireWritable: () => void,
  ) {}

  /** Numbers a new run (1, 2 …). @param name null: `Run N` */
  add(run: string, name: string | null, note: string): RunNote {
    this.requireWritable();
    return this.db.transaction(() => {
      const number = this.db.get<[number]>('SELECT coalesce(max(number), 0) + 1 FROM runs')![0];
      const kept = { run, number, name: name?.trim() || `Run ${number}`, note };
      this.db.run('INSERT INTO runs (run, number, name, note) VALUES (?, ?, ?, ?)', run, number, kept.name, note);
      return kept;
    });
  }

  /** By number. */
  all(): RunNote[] {
    return this.db
      .all<[string, number, string, string]>('SELECT run, number, name, note FROM runs ORDER BY number')
      .map(([run, number, name, note]) => ({ run, number, name, note }));
  }

  /** @throws UserError `run-missing` */
  annotate(run: string, name: string, note: string): void {
    this.requireWritable();
    const changed = this.db.transaction(() =>
      this.db.run('UPDATE runs SET name = ?, note = ? WHERE run = ?', name, note, run),
    );
    if (changed === 0) throw new UserError('run-missing', `there is no run "${run}" in this project`);
  }
}
