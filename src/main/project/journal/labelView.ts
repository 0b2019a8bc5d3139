import type { LabelState } from '@shared/domain';
import type { Db } from '../db/sqlite';
import { STATE_CODES } from '../types';
import { valueOf, valueText } from './events';
import { NO_LABEL, type Label } from './fold';

type Row = [
  key: number,
  value: string | null,
  state: LabelState,
  reader: string | null,
  reason: string | null,
  note: string | null,
  event: string | null,
  changedAt: string,
  position: number,
];

/** The labels of now by key, in memory: the same as the table `labels`, which is the same as a replay of all events. */
export class LabelView {
  /** Class ids, −1 without a label. */
  readonly classes: Int32Array;
  /** `STATE_CODES`. */
  readonly states: Uint8Array;
  /** Index into `readerNames`; 0 nobody. */
  readonly readers: Uint16Array;
  readonly readerNames: (string | null)[] = [null];
  readonly reasons = new Map<number, string>();
  readonly notes = new Map<number, string>();
  /** Event that the label stands on. */
  readonly events: (string | null)[];
  readonly changedAt: (string | null)[];
  /** Position of the last event about the sample; 0 none. */
  readonly positions: Uint32Array;

  constructor(readonly size: number) {
    this.classes = new Int32Array(size).fill(-1);
    this.states = new Uint8Array(size);
    this.readers = new Uint16Array(size);
    this.events = new Array<string | null>(size).fill(null);
    this.changedAt = new Array<string | null>(size).fill(null);
    this.positions = new Uint32Array(size);
  }

  static load(db: Db, size: number): LabelView {
    const view = new LabelView(size);
    for (const [key, value, state, reader, reason, note, event, changedAt, position] of db.all<Row>(
      'SELECT key, value, state, reader, reason, note, event, changed_at, position FROM labels',
    ))
      view.put(key, { value: valueOf(value), state, reader, reason, note, event }, changedAt, position);
    return view;
  }

  get(key: number): Label {
    if (this.positions[key] === 0) return NO_LABEL;
    const id = this.classes[key]!;
    return {
      value: id < 0 ? null : { class: id },
      state: STATE_CODES[this.states[key]!]!,
      reader: this.readerNames[this.readers[key]!] ?? null,
      reason: this.reasons.get(key) ?? null,
      note: this.notes.get(key) ?? null,
      event: this.events[key] ?? null,
    };
  }

  put(key: number, label: Label, changedAt: string, position: number): void {
    this.classes[key] = label.value?.class ?? -1;
    this.states[key] = STATE_CODES.indexOf(label.state);
    this.readers[key] = this.readerNumber(label.reader);
    set(this.reasons, key, label.reason);
    set(this.notes, key, label.note);
    this.events[key] = label.event;
    this.changedAt[key] = changedAt;
    this.positions[key] = position;
  }

  private readerNumber(name: string | null): number {
    const known = this.readerNames.indexOf(name);
    return known >= 0 ? known : this.readerNames.push(name) - 1;
  }
}

/** Writes a label into the table `labels`; call inside the transaction of its event. */
export function upsertLabel(db: Db, key: number, label: Label, changedAt: string, position: number): void {
  db.run(
    `INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value,
     state = excluded.state, reader = excluded.reader, reason = excluded.reason, note = excluded.note, event = excluded.event,
     changed_at = excluded.changed_at, position = excluded.position`,
    key,
    valueText(label.value),
    label.state,
    label.reader,
    label.reason,
    label.note,
    label.event,
    changedAt,
    position,
  );
}

function set(map: Map<number, string>, key: number, value: string | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}
