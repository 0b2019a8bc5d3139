import { answersOf, classOf, type LabelScheme, type LabelState, type LabelValue } from '@shared/domain';
import { resolveLabel } from '@shared/scheme';
import type { Db } from '../db/sqlite';
import { STATE_CODES } from '../types';
import { AnswerColumns } from './answerColumns';
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

/** Why a removed box takes part in nothing. */
export const GONE = 'box removed';

const COLUMNS = ['key', 'value', 'state', 'reader', 'reason', 'note', 'event', 'changed_at', 'position'];

/**
 * The labels of now by key, in memory: the same as the table `labels`, which is the same as a replay of all events. It keeps
 * them as they were given, and reads them by the scheme of now.
 */
export class LabelView {
  /** Class ids by the scheme of now, −1 without a label and of answers. */
  classes: Int32Array;
  /** `STATE_CODES` by the scheme of now; `excluded` of boxes that were removed. */
  states: Uint8Array;
  /** Index into `readerNames`; 0 nobody. */
  readers: Uint16Array;
  readonly readerNames: (string | null)[] = [null];
  readonly reasons = new Map<number, string>();
  readonly notes = new Map<number, string>();
  /** Event that the label stands on. */
  readonly events: (string | null)[];
  readonly changedAt: (string | null)[];
  /** Position of the last event about the sample; 0 none. */
  positions: Uint32Array;
  private rawClasses: Int32Array;
  private rawStates: Uint8Array;
  private readonly rawAnswers: AnswerColumns;
  private readonly resolved = new Map<number, Uint8Array>();
  /** Boxes that were removed: their labels stay beneath, and come back with them. */
  private readonly removed = new Set<number>();

  constructor(
    public size: number,
    private scheme: LabelScheme,
  ) {
    this.classes = new Int32Array(size).fill(-1);
    this.states = new Uint8Array(size);
    this.readers = new Uint16Array(size);
    this.events = new Array<string | null>(size).fill(null);
    this.changedAt = new Array<string | null>(size).fill(null);
    this.positions = new Uint32Array(size);
    this.rawClasses = new Int32Array(size).fill(-1);
    this.rawStates = new Uint8Array(size);
    this.rawAnswers = new AnswerColumns(size);
  }

  /** Room for more samples, unlabelled ones. */
  extend(size: number): void {
    const more = size - this.size;
    this.size = size;
    this.classes = longer(this.classes, new Int32Array(size).fill(-1));
    this.states = longer(this.states, new Uint8Array(size));
    this.readers = longer(this.readers, new Uint16Array(size));
    this.positions = longer(this.positions, new Uint32Array(size));
    this.rawClasses = longer(this.rawClasses, new Int32Array(size).fill(-1));
    this.rawStates = longer(this.rawStates, new Uint8Array(size));
    this.events.push(...new Array<null>(more).fill(null));
    this.changedAt.push(...new Array<null>(more).fill(null));
    this.rawAnswers.extend(size);
    this.resolved.clear();
  }

  /** A box was removed, or is back. */
  setGone(key: number, gone: boolean): void {
    if (gone) this.removed.add(key);
    else this.removed.delete(key);
    this.resolve(key, { value: this.rawValue(key), state: STATE_CODES[this.rawStates[key]!]! });
  }

  get gone(): ReadonlySet<number> {
    return this.removed;
  }

  static load(db: Db, size: number, scheme: LabelScheme): LabelView {
    const view = new LabelView(size, scheme);
    for (const rows of db.byKey<Row>('labels', COLUMNS)) {
      const [keys, values, states, readers, reasons, notes, events, times, positions] = rows;
      keys.forEach((key, i) => {
        const label = {
          value: valueOf(values[i]!),
          state: states[i]!,
          reader: readers[i]!,
          reason: reasons[i]!,
          note: notes[i]!,
          event: events[i]!,
        };
        view.put(key, label, times[i]!, positions[i]!);
      });
    }
    return view;
  }

  /** The label as the scheme of now reads it. */
  get(key: number): Label {
    const raw = this.raw(key);
    const { value, state } = resolveLabel(this.scheme, raw.value, raw.state);
    return this.removed.has(key) ? { ...raw, value, state: 'excluded', reason: GONE } : { ...raw, value, state };
  }

  /** The label as it was given, perhaps in an earlier version of the scheme. */
  raw(key: number): Label {
    if (this.positions[key] === 0) return NO_LABEL;
    return {
      value: this.rawValue(key),
      state: STATE_CODES[this.rawStates[key]!]!,
      reader: this.readerNames[this.readers[key]!] ?? null,
      reason: this.reasons.get(key) ?? null,
      note: this.notes.get(key) ?? null,
      event: this.events[key] ?? null,
    };
  }

  /** The class that it had until that was split; −1 otherwise. */
  former(key: number): number {
    if (this.classes[key] !== -1 || this.rawClasses[key] === -1) return -1;
    return resolveLabel(this.scheme, this.rawValue(key), STATE_CODES[this.rawStates[key]!]!).former ?? -1;
  }

  /** Codes (`ANSWER_CODES`) of one question by key, as the scheme of now reads them. A view. */
  answers(id: number): Uint8Array {
    let column = this.resolved.get(id);
    if (!column) this.resolved.set(id, (column = this.rawAnswers.resolved(this.scheme, id)));
    return column;
  }

  /** @param label as it was given */
  put(key: number, label: Label, changedAt: string, position: number): void {
    const answers = answersOf(label.value);
    this.rawClasses[key] = classOf(label.value) ?? -1;
    this.rawStates[key] = STATE_CODES.indexOf(label.state);
    if (answers || this.scheme.kind === 'answers') {
      this.rawAnswers.put(key, answers);
      this.resolved.clear();
    }
    this.resolve(key, label);
    this.readers[key] = this.readerNumber(label.reader);
    set(this.reasons, key, label.reason);
    set(this.notes, key, label.note);
    this.events[key] = label.event;
    this.changedAt[key] = changedAt;
    this.positions[key] = position;
  }

  /** Reads all labels by another version of the scheme. */
  setScheme(scheme: LabelScheme): void {
    this.scheme = scheme;
    this.resolved.clear();
    for (let key = 0; key < this.size; key++)
      this.resolve(key, { value: this.rawValue(key), state: STATE_CODES[this.rawStates[key]!]! });
  }

  private resolve(key: number, raw: Pick<Label, 'value' | 'state'>): void {
    const { value, state } = resolveLabel(this.scheme, raw.value, raw.state);
    this.classes[key] = classOf(value) ?? -1;
    this.states[key] = STATE_CODES.indexOf(this.removed.has(key) ? 'excluded' : state);
  }

  private rawValue(key: number): LabelValue {
    const id = this.rawClasses[key]!;
    if (id >= 0) return { class: id };
    const answers = this.rawAnswers.get(key);
    return Object.keys(answers).length > 0 ? { answers } : null;
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

function longer<T extends Int32Array | Uint8Array | Uint16Array | Uint32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

function set(map: Map<number, string>, key: number, value: string | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}
