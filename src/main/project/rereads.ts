import type { LabelState, LabelValue, RereadCounts, RereadQueue, RereadRound } from '@shared/domain';
import { answersOf, takesPart } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Db } from './db/sqlite';
import { questionsOf, sameValue } from '@shared/scheme';
import { TARGET_NOTE, valueOf } from './journal/events';
import { withAnswers } from './journal/fold';

type Row = [number: number, reader: string, seed: number, startedAt: string, keys: string, endedAt: string | null];
const SELECT = 'SELECT number, reader, seed, started_at, keys, ended_at FROM rereads';

/** Starts a round. @param keys its queue, in order */
export function addReread(
  db: Db,
  round: { reader: string; seed: number; journal: number; keys: readonly number[] },
): number {
  return db.transaction(() => {
    const number = db.get<[number]>('SELECT coalesce(max(number), 0) + 1 FROM rereads')![0];
    db.run(
      'INSERT INTO rereads (number, reader, seed, started_at, journal, keys) VALUES (?, ?, ?, ?, ?, ?)',
      number,
      round.reader,
      round.seed,
      new Date().toISOString(),
      round.journal,
      JSON.stringify(round.keys),
    );
    return number;
  });
}

/** A round without its answers. @throws UserError `value-invalid` where there is no such round */
export function loadRound(db: Db, number: number): Omit<RereadQueue, 'answers' | 'read'> {
  const row = db.get<Row>(`${SELECT} WHERE number = ?`, number);
  if (!row) throw new UserError('value-invalid', `there is no round ${number} of blind re-reading`);
  const keys = JSON.parse(row[4]) as number[];
  return { ...head(row), samples: keys.length, keys };
}

/** @throws UserError `value-invalid` where there is no such round */
export function loadReread(db: Db, number: number): RereadQueue {
  const round = loadRound(db, number);
  const answers = readingsOf(db, number);
  return { ...round, read: answers.length, answers };
}

/** By number, without their queues. */
export function loadRereads(db: Db): RereadRound[] {
  return db.all<Row>(`${SELECT} ORDER BY number`).map((row) => ({
    ...head(row),
    samples: (JSON.parse(row[4]) as number[]).length,
    read: readingsOf(db, row[0]).length,
  }));
}

export function endReread(db: Db, number: number): void {
  db.transaction(() =>
    db.run('UPDATE rereads SET ended_at = ? WHERE number = ? AND ended_at IS NULL', new Date().toISOString(), number),
  );
}

const head = ([number, reader, seed, startedAt, , endedAt]: Row) => ({ number, reader, seed, startedAt, endedAt });

type EventRow = [
  key: number,
  target: string,
  oldValue: string | null,
  newValue: string | null,
  oldState: LabelState,
  newState: LabelState,
];

/** Events of a round in their order: `blindReread` in their context is its number. */
const eventsOf = (db: Db, number: number): EventRow[] =>
  db.all<EventRow>(
    `SELECT key, target, old_value, new_value, old_state, new_state FROM events
     WHERE json_extract(context, '$.blindReread') = ? AND target <> ? ORDER BY position`,
    number,
    TARGET_NOTE,
  );

/** What the reader said of each sample in the round: nothing that stood there before is in it, not even beside an "unsure". */
function readingsOf(db: Db, number: number): RereadQueue['answers'] {
  const said = new Map<number, RereadQueue['answers'][number]>();
  for (const [key, target, , text, , state] of eventsOf(db, number)) {
    const own = said.get(key)?.value ?? null;
    const asked = questionsOf(target);
    const given = valueOf(text);
    const value = asked ? withAnswers(own, asked, answersOf(given)) : takesPart(state) ? given : own;
    // The latest reading stands last.
    said.delete(key);
    said.set(key, { key, value, state });
  }
  return [...said.values()];
}

interface Side {
  readonly value: LabelValue;
  readonly state: LabelState;
}

/** Of each sample that was read, its label before its first reading beside the one after its last. */
export function bothReadings(db: Db, number: number): Map<number, { before: Side; after: Side }> {
  const read = new Map<number, { before: Side; after: Side }>();
  for (const [key, , oldValue, newValue, oldState, newState] of eventsOf(db, number)) {
    const before = read.get(key)?.before ?? { value: valueOf(oldValue), state: oldState };
    read.set(key, { before, after: { value: valueOf(newValue), state: newState } });
  }
  return read;
}

/** What the round came to: each sample's label before its first reading beside the one after its last. */
export function summariseReread(db: Db, number: number): RereadCounts {
  const { samples } = loadRound(db, number);
  const read = bothReadings(db, number);
  const counts = { same: 0, changed: 0, withdrawn: 0 };
  const changes = new Map<string, RereadCounts['changes'][number]>();
  for (const { before, after } of read.values()) {
    if (takesPart(after.state) && takesPart(before.state) && sameValue(before.value, after.value)) {
      counts.same++;
      continue;
    }
    counts[takesPart(after.state) ? 'changed' : 'withdrawn']++;
    const change = { from: before.value, to: after.value, fromState: before.state, toState: after.state };
    const name = JSON.stringify(change);
    changes.set(name, { ...change, samples: (changes.get(name)?.samples ?? 0) + 1 });
  }
  const listed = [...changes].sort(([a, x], [b, y]) => y.samples - x.samples || (a < b ? -1 : 1)).map(([, c]) => c);
  return { samples, read: read.size, ...counts, changes: listed };
}

/** Position of the journal at the first scoring that a sample was part of, by key: from then on its test label is frozen. */
export function loadFrozen(db: Db): Map<number, number> {
  return new Map(
    db.all<[number, number]>(
      `SELECT m.key, min(s.journal) FROM test_scorings s
       JOIN split_members m ON m.version = s.split_version AND m.split = 'test' GROUP BY m.key`,
    ),
  );
}
