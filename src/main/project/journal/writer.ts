import { answersOf, classOf } from '@shared/domain';
import type { LabelOrigin, LabelSaved, LabelScheme, LabelValue, ReadingContext } from '@shared/domain';
import { UserError } from '@shared/errors';
import { questionsOf, sourcesOf } from '@shared/scheme';
import type { Db } from '../db/sqlite';
import { uuid7 } from '../ids';
import type { PatientChange } from '../patients';
import type { BoxChange, BoxStep } from '../boxes/steps';
import type { NewSplitVersion } from '../types';
import { isBlind } from './blind';
import type { Outcome } from './change';
import { appendEvent, appendScheme, hashAt, IMPORT_READER, lastPosition, loadScheme, TARGET_NOTE } from './events';
import type { StoredEvent } from './events';
import { withAnswers, type Label } from './fold';
import type { TableContext } from './labelTable';
import { upsertLabel, type LabelView } from './labelView';
import { appendPatients, type PatientStep } from './patientSteps';

/** One event to be: what it says, whose it is, and the label that stands after it. */
export interface Draft {
  readonly key: number;
  readonly reader: string;
  readonly outcome: Outcome;
  readonly refers: string | null;
  /** Of the label after the event; null where it is the event's own. */
  readonly standing: Label | null;
}

/** Versions of the splits, for steps that make one. */
export interface JournalSplits {
  /** The next version under other patients. @param like one in which the changed samples were where they are to be */
  regrouped(changes: readonly PatientChange[], like: number | null): NewSplitVersion;
  /** Writes it inside of a transaction. @returns its number */
  insert(next: NewSplitVersion): number;
  /** The transaction stands: memory follows. */
  changed(): void;
  /** The test split of the present version was scored. */
  scored(): boolean;
}

/** Boxes of volumes, for steps that change them. */
export interface JournalBoxes {
  /** Writes a step inside of a transaction. @returns its number */
  write(stamp: Stamp, step: BoxStep): number;
  /** The transaction stands: memory follows. */
  changed(changes: readonly BoxChange[]): void;
  /** @throws UserError `test-frozen` where one of them lies in the test split that was scored */
  refuseFrozen(changes: readonly BoxChange[]): void;
}

export interface JournalContext extends TableContext {
  readonly db: Db;
  readonly view: LabelView;
  readonly device: string;
  readOnly(): boolean;
  /** Who reads now. */
  reader(): string | null;
  /** A test sample whose split was scored: its label stays. */
  isFrozen(key: number): boolean;
  /** Keys whose labels the present reader must not see now. */
  withheld(): readonly number[];
  /** Runs after the transaction, with the view already new. */
  changed(keys: readonly number[]): void;
  /** As `changed`, for a new version of the scheme. */
  schemeChanged(scheme: LabelScheme): void;
  readonly splits: JournalSplits;
  readonly boxes: JournalBoxes;
}

/** Who did something, where and when. */
export interface Stamp {
  readonly id: string;
  readonly device: string;
  /** Logical clock. */
  readonly clock: number;
  /** ISO 8601. */
  readonly time: string;
  /** Empty where nobody was named. */
  readonly reader: string;
}

/** Appends to the journal: the only place that does. It knows where the journal stands, in the database and in memory. */
export class EventWriter {
  private clock: number;
  private last: number;
  private lastHash: string;
  private classes: LabelScheme;
  private readonly everyReader: Set<string>;

  constructor(private readonly context: JournalContext) {
    const { db } = context;
    this.last = lastPosition(db);
    this.lastHash = hashAt(db, this.last);
    this.clock = Math.max(
      ...db.get<[number, number, number, number]>(
        `SELECT (SELECT coalesce(max(clock), 0) FROM events), (SELECT coalesce(max(clock), 0) FROM schemes),
           (SELECT coalesce(max(clock), 0) FROM patient_changes), (SELECT coalesce(max(clock), 0) FROM box_events)`,
      )!,
    );
    this.classes = loadScheme(db);
    this.everyReader = new Set(db.all<[string]>('SELECT DISTINCT reader FROM events').map((r) => r[0]));
    this.everyReader.delete(IMPORT_READER);
  }

  /** Number of the last event; 0 where there is none. */
  get position(): number {
    return this.last;
  }

  /** Over all events up to `position`. */
  get hash(): string {
    return this.lastHash;
  }

  /** The logical clock of now. */
  get time(): number {
    return this.clock;
  }

  /** The label scheme of now. */
  get scheme(): LabelScheme {
    return this.classes;
  }

  /** Everybody in whose name a label was ever set. */
  readers(): string[] {
    return [...this.everyReader];
  }

  /** Writes a version of the scheme. @returns the id of its event */
  appendScheme(scheme: LabelScheme, origin: 'read' | 'undo' | 'redo', refers: number | null): string {
    const { db } = this.context;
    const { id } = this.stamped((stamp) => appendScheme(db, { ...stamp, origin, refers, scheme }));
    this.classes = scheme;
    this.context.view.setScheme(scheme);
    this.context.schemeChanged(scheme);
    return id;
  }

  /** Writes whose samples are from now on, with the splits that follow. */
  appendPatients(
    changes: readonly PatientChange[],
    next: NewSplitVersion,
    step: Pick<PatientStep, 'origin' | 'refers'>,
  ): { id: string; number: number; splitVersion: number } {
    const { db, splits } = this.context;
    let number = 0;
    let splitVersion = 0;
    const { id } = this.stamped((stamp) => {
      splitVersion = splits.insert(next);
      number = appendPatients(db, stamp, { ...step, splitVersion, changes });
    });
    splits.changed();
    return { id, number, splitVersion };
  }

  /** Writes where boxes are from now on. @param reader in whose name; the present one otherwise */
  appendBoxes(step: BoxStep, reader?: string): { id: string; number: number } {
    const { boxes } = this.context;
    boxes.refuseFrozen(step.changes);
    let number = 0;
    const { id } = this.stamped((stamp) => (number = boxes.write(reader ? { ...stamp, reader } : stamp, step)));
    boxes.changed(step.changes);
    return { id, number };
  }

  /** One transaction that is no event of a label, and has its place among those. */
  private stamped(write: (stamp: Stamp) => void): Stamp {
    this.requireWritable();
    const { db, device } = this.context;
    const reader = this.context.reader() ?? '';
    const stamp = { id: uuid7(), device, clock: this.clock + 1, time: new Date().toISOString(), reader };
    db.transaction(() => write(stamp));
    this.clock++;
    return stamp;
  }

  /** Writes events and the labels that follow from them in one transaction, and only then changes what memory says. */
  commit(drafts: readonly Draft[], origin: LabelOrigin, context: ReadingContext | null): LabelSaved {
    this.requireWritable();
    this.refuseFrozen(drafts, context);
    if (origin !== 'undo' && origin !== 'redo')
      for (const { key, outcome } of drafts) this.requireClasses(outcome.value, this.context.view.raw(key).value);
    const { db, samples, view, device } = this.context;
    const batch = drafts.length > 1 ? uuid7() : null;
    const time = new Date().toISOString();
    let hash = this.lastHash;
    const standing = new Map<number, Label>();
    const written = db.transaction(() =>
      drafts.map((draft, i) => {
        const { key, outcome, reader } = draft;
        const old = standing.get(key) ?? view.raw(key);
        const { value, state } = draft.standing ? outcome : onto(old, outcome);
        const event: StoredEvent = {
          position: this.last + 1 + i,
          key,
          id: uuid7(),
          device,
          clock: this.clock + 1 + i,
          time,
          sample: samples.ids[key]!,
          contentHash: samples.hash(key),
          scheme: this.classes.id,
          schemeVersion: this.classes.version,
          target: outcome.target,
          box: null,
          reader,
          oldValue: old.value,
          newValue: value,
          oldState: old.state,
          newState: state,
          reason: outcome.reason,
          note: outcome.note,
          origin,
          context,
          batch,
          refers: draft.refers,
        };
        const label = draft.standing ?? labelAfter(event, old);
        standing.set(key, label);
        hash = appendEvent(db, event, hash);
        upsertLabel(db, key, label, time, event.position);
        return { event, label };
      }),
    );
    this.last += drafts.length;
    this.clock += drafts.length;
    this.lastHash = hash;
    for (const { event, label } of written) {
      view.put(event.key, label, time, event.position);
      if (event.reader !== IMPORT_READER) this.everyReader.add(event.reader);
    }
    this.context.changed([...new Set(drafts.map((d) => d.key))]);
    return { saved: true, events: written.map((w) => w.event.id), batch, journal: this.last };
  }

  /** @throws UserError `project-locked` */
  requireWritable(): void {
    if (this.context.readOnly())
      throw new UserError('project-locked', 'the project is open read-only: labels cannot be changed', {
        file: this.context.db.file,
      });
  }

  /** Classes that stood there before may be of an earlier version of the scheme. */
  private requireClasses(value: LabelValue, before: LabelValue): void {
    const known = new Set([...this.classes.classes.flatMap((c) => sourcesOf(this.classes, c.id)), ...idsIn(before)]);
    const missing = idsIn(value).find((id) => !known.has(id));
    if (missing !== undefined)
      throw new UserError('class-missing', `there is no class number ${missing} in this project`);
  }

  private refuseFrozen(drafts: readonly Draft[], context: ReadingContext | null): void {
    if (drafts.length === 1 && isBlind(context)) return;
    const frozen = drafts.filter((d) => d.outcome.target !== TARGET_NOTE && this.context.isFrozen(d.key));
    if (frozen.length === 0) return;
    const named = this.context.samples.ids[frozen[0]!.key]!;
    const which =
      drafts.length === 1
        ? `"${named}" belongs to it: its label changes`
        : `${frozen.length} of ${drafts.length} samples belong to it ("${named}"): their labels change`;
    throw new UserError(
      'test-frozen',
      `the test split was scored, and ${which} only in a blind re-read ("Re-read test…" on the Check page, or labels set --blind-reread); nothing was changed`,
    );
  }
}

function labelAfter(event: StoredEvent, old: Label): Label {
  const { newValue: value, newState: state, reason, note } = event;
  if (event.target === TARGET_NOTE) return { ...old, note };
  return { value, state, reader: event.reader === IMPORT_READER ? null : event.reader, reason, note, event: event.id };
}

/** An outcome about single questions leaves the others as they stand, whatever its author knew of them. */
function onto(old: Label, { target, value, state }: Outcome): Pick<Outcome, 'value' | 'state'> {
  const ids = questionsOf(target);
  if (!ids) return { value, state };
  const whole = withAnswers(old.value, ids, answersOf(value));
  if (whole === null) return { value: null, state: state === 'labelled' || state === 'checked' ? 'unlabelled' : state };
  return { value: whole, state: state === 'unlabelled' ? 'labelled' : state };
}

function idsIn(value: LabelValue): number[] {
  const id = classOf(value);
  return id !== null ? [id] : Object.keys(answersOf(value) ?? {}).map(Number);
}
