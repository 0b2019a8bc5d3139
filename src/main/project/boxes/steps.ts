import { createHash } from 'node:crypto';
import { z } from 'zod';
import { volumeBox, type BoxEvent, type VolumeBox } from '@shared/domain';
import type { Db } from '../db/sqlite';
import { appendStepRow } from '../journal/stepRow';
import type { Stamp } from '../journal/writer';

/** One box of a step: where it was and where it is; null: not there. */
export interface BoxChange {
  /** Of its sample. */
  readonly key: number;
  /** Of the table `volumes`. */
  readonly volume: number;
  readonly before: VolumeBox | null;
  readonly after: VolumeBox | null;
}

/** Boxes that are drawn, moved, resized or removed together: one undoable step. */
export interface BoxStep {
  readonly origin: BoxEvent['origin'];
  /** The step that this one takes back or repeats. */
  readonly refers: number | null;
  readonly changes: readonly BoxChange[];
}

/**
 * Identity of what is in a box: of its volume's values and of where the box lies in them, whatever the network makes of it.
 * @param volume content hash of the whole volume
 */
export const boxHash = (volume: string, { centre, size, axes }: VolumeBox): string =>
  createHash('sha256')
    .update(`box|${volume}|${JSON.stringify([centre, size, axes])}`)
    .digest('hex');

/** Writes a step, and the boxes of now; call inside a transaction in which new samples stand already. @returns its number */
export function appendBoxes(
  db: Db,
  stamp: Stamp,
  { origin, refers, changes }: BoxStep,
  hashOf: (volume: number, box: VolumeBox) => string,
): number {
  for (const { key, volume, before, after } of changes) {
    const present = after ?? before!;
    db.run(
      'INSERT INTO boxes VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET box = excluded.box, gone = excluded.gone',
      key,
      volume,
      JSON.stringify(present),
      after ? 0 : 1,
    );
    if (after) db.run('UPDATE samples SET content_hash = ? WHERE key = ?', hashOf(volume, after), key);
  }
  const named = changes.map(({ key, volume, before, after }) => {
    const [sample] = db.get<[string]>('SELECT id FROM samples WHERE key = ?', key)!;
    return { key, sample, volume, before, after };
  });
  return appendStepRow(db, 'box_events', stamp, { origin, refers }, { changes: JSON.stringify(named) });
}

const changes = z.array(
  z.object({
    key: z.number().int(),
    sample: z.string(),
    volume: z.number().int(),
    before: volumeBox.nullable(),
    after: volumeBox.nullable(),
  }),
);
const changesIn = (text: string): z.infer<typeof changes> => changes.parse(JSON.parse(text));

export function loadBoxStep(db: Db, number: number): BoxChange[] {
  return changesIn(db.get<[string]>('SELECT changes FROM box_events WHERE number = ?', number)![0]);
}

/** All steps, the newest first. */
export function boxEvents(db: Db): BoxEvent[] {
  type Row = [string, string, string, BoxEvent['origin'], string, number];
  return db
    .all<Row>(
      `SELECT b.id, b.time, b.reader, b.origin, b.changes,
         (SELECT coalesce(max(e.position), 0) FROM events e WHERE e.clock < b.clock)
       FROM box_events b ORDER BY b.number DESC`,
    )
    .map(([id, time, reader, origin, text, after]) => {
      const boxes = changesIn(text).map(({ sample, before, after: now }) => ({ sample, before, after: now }));
      return { id, time, reader, origin, after, boxes };
    });
}
