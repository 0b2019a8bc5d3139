import type { Db, Value } from '../db/sqlite';
import type { Stamp } from './writer';

/** Tables of steps that stand in one line of undo with labels. */
type StepTable = 'box_events' | 'patient_changes';

/**
 * Writes a step beside those of labels: what every such table begins with, and what is this one's own. Call inside a transaction.
 * @param own values by column @returns the step's number
 */
export function appendStepRow(
  db: Db,
  table: StepTable,
  { id, device, clock, time, reader }: Stamp,
  { origin, refers }: { readonly origin: string; readonly refers: number | null },
  own: Readonly<Record<string, Value>>,
): number {
  const [number] = db.get<[number]>(`SELECT coalesce(max(number), 0) + 1 FROM ${table}`)!;
  const row = { number, id, device, clock, time, reader, origin, refers, ...own };
  const columns = Object.keys(row);
  db.run(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    ...Object.values(row),
  );
  return number;
}
