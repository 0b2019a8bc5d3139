import type { PatientEvent } from '@shared/domain';
import type { Db } from '../db/sqlite';
import type { PatientChange } from '../patients';
import { appendStepRow } from './stepRow';
import type { Stamp } from './writer';

/** Other patients of known samples, as one step with the version of the splits that follows from it. */
export interface PatientStep {
  readonly origin: PatientEvent['origin'];
  /** The step that this one takes back or repeats. */
  readonly refers: number | null;
  readonly splitVersion: number;
  readonly changes: readonly PatientChange[];
}

/** Writes a step; call inside a transaction. @returns its number */
export function appendPatients(db: Db, stamp: Stamp, { origin, refers, splitVersion, changes }: PatientStep): number {
  for (const { key, to } of changes) db.run('UPDATE samples SET patient = ? WHERE key = ?', to, key);
  return appendStepRow(
    db,
    'patient_changes',
    stamp,
    { origin, refers },
    { split_version: splitVersion, changes: JSON.stringify(changes.map(({ key, from, to }) => [key, from, to])) },
  );
}

export function loadPatientStep(db: Db, number: number): Pick<PatientStep, 'splitVersion' | 'changes'> {
  const [splitVersion, changes] = db.get<[number, string]>(
    'SELECT split_version, changes FROM patient_changes WHERE number = ?',
    number,
  )!;
  const rows = JSON.parse(changes) as [number, string | null, string | null][];
  return { splitVersion, changes: rows.map(([key, from, to]) => ({ key, from, to })) };
}

/** All steps, the newest first. */
export function patientEvents(db: Db): PatientEvent[] {
  type Row = [string, string, string, PatientEvent['origin'], number, number, number];
  return db
    .all<Row>(
      `SELECT p.id, p.time, p.reader, p.origin, p.split_version, json_array_length(p.changes),
         (SELECT coalesce(max(e.position), 0) FROM events e WHERE e.clock < p.clock)
       FROM patient_changes p ORDER BY p.number DESC`,
    )
    .map(([id, time, reader, origin, splitVersion, samples, after]) => {
      return { id, time, reader, origin, splitVersion, samples, after };
    });
}
