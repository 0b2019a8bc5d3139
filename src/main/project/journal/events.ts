import { createHash } from 'node:crypto';
import { labelEvent, labelScheme, type LabelEvent, type LabelScheme, type LabelValue } from '@shared/domain';
import type { Db } from '../db/sqlite';

/** What an event is about: the label as a whole, or only the note beside it (then value and state stay as they are). */
export const TARGET_LABEL = 'label';
export const TARGET_NOTE = 'note';
/** Reader of labels that the data brought without saying whose they are. */
export const IMPORT_READER = 'import';
export const NO_HASH = '0'.repeat(64);

export type StoredEvent = LabelEvent & { readonly position: number; readonly key: number };

const COLUMNS = `position, key, id, device, clock, time, sample, content_hash, scheme, scheme_version, target, box, reader,
  old_value, new_value, old_state, new_state, reason, note, origin, context, batch, refers`;

type Row = [
  position: number,
  key: number,
  id: string,
  device: string,
  clock: number,
  time: string,
  sample: string,
  contentHash: string,
  scheme: string,
  schemeVersion: number,
  target: string,
  box: string | null,
  reader: string,
  oldValue: string | null,
  newValue: string | null,
  oldState: string,
  newState: string,
  reason: string | null,
  note: string | null,
  origin: string,
  context: string | null,
  batch: string | null,
  refers: string | null,
];

const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
export const valueText = (value: LabelValue): string | null => json(value);
export const valueOf = (text: string | null): LabelValue => parsed(text) as LabelValue;

function toRow(e: StoredEvent): Row {
  return [
    e.position,
    e.key,
    e.id,
    e.device,
    e.clock,
    e.time,
    e.sample,
    e.contentHash,
    e.scheme,
    e.schemeVersion,
    e.target,
    e.box,
    e.reader,
    json(e.oldValue),
    json(e.newValue),
    e.oldState,
    e.newState,
    e.reason,
    e.note,
    e.origin,
    json(e.context),
    e.batch,
    e.refers,
  ];
}

function fromRow(row: Row): StoredEvent {
  const [position, key, id, device, clock, time, sample, contentHash, scheme, schemeVersion, target, box, reader] = row;
  const [oldValue, newValue, oldState, newState, reason, note, origin, context, batch, refers] = row.slice(13) as [
    string | null,
    string | null,
    ...(string | null)[],
  ];
  const event = labelEvent.parse({
    id,
    device,
    clock,
    time,
    sample,
    contentHash,
    scheme,
    schemeVersion,
    target,
    box,
    reader,
    oldValue: parsed(oldValue),
    newValue: parsed(newValue),
    oldState,
    newState,
    reason,
    note,
    origin,
    context: parsed(context ?? null),
    batch,
    refers,
  });
  return { ...event, position, key };
}

/** Hash of the journal up to and with this event, given the hash up to the one before: equal hashes, equal histories. */
function chained(before: string, row: Row): string {
  // The key is a number of this project only; the sample's id stands for it.
  const [position, , ...rest] = row;
  return createHash('sha256')
    .update(before)
    .update(JSON.stringify([position, ...rest]))
    .digest('hex');
}

const INSERT = `INSERT INTO events (${COLUMNS}, hash) VALUES (${Array(24).fill('?').join()})`;

/** Appends one event inside a transaction. @returns the hash of the journal with it */
export function appendEvent(db: Db, event: StoredEvent, hashBefore: string): string {
  const row = toRow(event);
  const hash = chained(hashBefore, row);
  db.run(INSERT, ...row, hash);
  return hash;
}

/** Events that fit a condition, in the order that it says. */
export function selectEvents(db: Db, where: string, ...values: (string | number)[]): StoredEvent[] {
  return db.all<Row>(`SELECT ${COLUMNS} FROM events ${where}`, ...values).map(fromRow);
}

/** As much of the events of a step as taking it back needs, in their order. */
export function selectStep(
  db: Db,
  step: { readonly event: string; readonly batch: string | null },
): { id: string; key: number; target: string; reader: string }[] {
  const where = step.batch === null ? 'id = ?' : 'batch = ? ORDER BY position';
  return db
    .all<[string, number, string, string]>(
      `SELECT id, key, target, reader FROM events WHERE ${where}`,
      step.batch ?? step.event,
    )
    .map(([id, key, target, reader]) => ({ id, key, target, reader }));
}

/** @returns the first position whose stored hash does not follow from its events; null where all is whole */
export function verifyChain(db: Db): number | null {
  let found: number | null = null;
  for (const part of chainParts(db, Infinity)) found = part;
  return found;
}

/** The same in parts, so that others come to their turn between them: each gives null, the last may give a position. */
export function* chainParts(db: Db, rows: number): Generator<number | null> {
  let hash = NO_HASH;
  for (let after = 0; ;) {
    const part = db.all<[...Row, string]>(
      `SELECT ${COLUMNS}, hash FROM events WHERE position > ? ORDER BY position LIMIT ?`,
      after,
      Number.isFinite(rows) ? rows : -1,
    );
    for (const row of part) {
      hash = chained(hash, row.slice(0, -1) as Row);
      if (hash !== row.at(-1)) return yield row[0];
    }
    yield null;
    if (part.length < rows) return;
    after = part.at(-1)![0];
  }
}

/** 0 where there is none. */
export function lastPosition(db: Db): number {
  return db.get<[number]>('SELECT coalesce(max(position), 0) FROM events')![0];
}

export function hashAt(db: Db, position: number): string {
  if (position === 0) return NO_HASH;
  return db.get<[string]>('SELECT hash FROM events WHERE position = ?', position)![0];
}

/** One version of the label scheme as an event of its own. */
export interface SchemeEvent {
  readonly id: string;
  readonly device: string;
  readonly clock: number;
  readonly time: string;
  readonly reader: string;
  readonly origin: 'imported' | 'read' | 'undo' | 'redo';
  /** The version that this one takes back or repeats. */
  readonly refers: number | null;
  readonly scheme: LabelScheme;
}

export function appendScheme(db: Db, e: SchemeEvent): void {
  db.run(
    'INSERT INTO schemes (version, id, device, clock, time, reader, origin, refers, scheme) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    e.scheme.version,
    e.id,
    e.device,
    e.clock,
    e.time,
    e.reader,
    e.origin,
    e.refers,
    JSON.stringify(e.scheme),
  );
}

export function loadScheme(db: Db, version?: number): LabelScheme {
  const row =
    version === undefined
      ? db.get<[string]>('SELECT scheme FROM schemes ORDER BY version DESC LIMIT 1')
      : db.get<[string]>('SELECT scheme FROM schemes WHERE version = ?', version);
  return labelScheme.parse(JSON.parse(row![0]));
}
