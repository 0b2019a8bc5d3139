import type { LabelOrigin, LabelScheme, LabelState, LabelValue } from '@shared/domain';
import type { Db } from '../db/sqlite';
import { valueOf } from './events';
import { History } from './fold';
import { LabelView } from './labelView';

type Row = [
  key: number,
  position: number,
  time: string,
  id: string,
  origin: LabelOrigin,
  refers: string | null,
  target: string,
  reader: string,
  value: string | null,
  state: LabelState,
  reason: string | null,
  note: string | null,
];

/** As much of an event as its fold needs. */
interface LeanEvent {
  readonly id: string;
  readonly origin: LabelOrigin;
  readonly refers: string | null;
  readonly target: string;
  readonly reader: string;
  readonly newValue: LabelValue;
  readonly newState: LabelState;
  readonly reason: string | null;
  readonly note: string | null;
  readonly position: number;
  readonly time: string;
}

/** Histories of the samples whose events fit, by key. */
export function historiesOf(db: Db, where = 'TRUE', ...values: (string | number)[]): Map<number, History<LeanEvent>> {
  const histories = new Map<number, History<LeanEvent>>();
  for (const [key, position, time, id, origin, refers, target, reader, value, newState, reason, note] of db.all<Row>(
    `SELECT key, position, time, id, origin, refers, target, reader, new_value, new_state, reason, note
     FROM events WHERE ${where} ORDER BY position`,
    ...values,
  )) {
    let history = histories.get(key);
    if (!history) histories.set(key, (history = new History()));
    history.add({
      id,
      origin,
      refers,
      target,
      reader,
      newValue: valueOf(value),
      newState,
      reason,
      note,
      position,
      time,
    });
  }
  return histories;
}

/** All labels from the events alone, up to a position, as this version of the scheme reads them. */
export function replay(db: Db, size: number, position: number, scheme: LabelScheme): LabelView {
  const view = new LabelView(size, scheme);
  for (const [key, history] of historiesOf(db, 'position <= ?', position))
    view.put(key, history.label, history.latest!.time, history.latest!.position);
  for (const [key] of db.all<[number]>('SELECT key FROM boxes WHERE gone = 1')) view.setGone(key, true);
  return view;
}

/** Value and state before the first event after a position, of each sample that has one. */
export function* changesAfter(db: Db, position: number): Generator<[number, { value: LabelValue; state: LabelState }]> {
  for (const [key, value, state] of db.all<[number, string | null, LabelState, number]>(
    'SELECT key, old_value, old_state, min(position) FROM events NOT INDEXED WHERE position > ? GROUP BY key',
    position,
  ))
    yield [key, { value: valueOf(value), state }];
}
