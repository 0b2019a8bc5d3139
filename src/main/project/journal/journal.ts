import type {
  ActivityPage,
  LabelChange,
  LabelClass,
  LabelEvent,
  LabelOrigin,
  LabelSaved,
  LabelScheme,
  LabelUndone,
  ReadingContext,
} from '@shared/domain';
import { UserError } from '@shared/errors';
import type { Db } from '../db/sqlite';
import { uuid7 } from '../ids';
import { getFact } from '../meta';
import type { LabelSnapshot } from '../types';
import { activityPage, type ActivityQuery } from './activity';
import { originOf, outcomeOf, type Outcome } from './change';
import {
  appendEvent,
  appendScheme,
  hashAt,
  IMPORT_READER,
  loadScheme,
  selectEvents,
  selectStep,
  TARGET_LABEL,
} from './events';
import type { StoredEvent } from './events';
import type { Label } from './fold';
import { upsertLabel, type LabelView } from './labelView';
import { changedScheme } from './scheme';
import { changesAfter, historiesOf, replay } from './replay';
import { exportLabels, importLabels, type TableContext } from './labelTable';
import { Steps, type Step } from './steps';

export interface SetOptions {
  readonly origin: Extract<LabelOrigin, 'read' | 'bulk' | 'suggestion' | 'script'>;
  readonly context: ReadingContext | null;
  /** The project's present reader otherwise. */
  readonly reader?: string;
}

/** One event to be: what it says, whose it is, and the label that stands after it. */
interface Draft {
  readonly key: number;
  readonly reader: string;
  readonly outcome: Outcome;
  readonly refers: string | null;
  /** Of the label after the event; null where it is the event's own. */
  readonly standing: Label | null;
}

export interface JournalContext extends TableContext {
  readonly db: Db;
  readonly view: LabelView;
  readonly device: string;
  readonly readOnly: boolean;
  /** Who reads now. */
  reader(): string | null;
  /** A test sample whose split was scored: its label stays. */
  isFrozen(key: number): boolean;
  /** Runs after the transaction, with the view already new. */
  changed(keys: readonly number[]): void;
  /** As `changed`, for a new version of the scheme. */
  schemeChanged(scheme: LabelScheme): void;
}

/**
 * The append-only journal of labels and of the classes that they name. Every method that changes something returns after
 * the transaction is durable, and throws with everything as it was before.
 */
export class LabelJournal {
  private readonly steps: Steps;
  private clock: number;
  private hash: string;
  private last: number;
  private classes: LabelScheme;
  private readonly everyReader: Set<string>;
  private baseline: { position: number; seen: number; before: Map<number, { class: number; state: number }> } | null =
    null;

  constructor(private readonly context: JournalContext) {
    const { db } = context;
    this.last = lastPosition(db);
    this.hash = hashAt(db, this.last);
    this.clock = Math.max(
      ...db.get<[number, number]>(
        'SELECT (SELECT coalesce(max(clock), 0) FROM events), (SELECT coalesce(max(clock), 0) FROM schemes)',
      )!,
    );
    this.classes = loadScheme(db);
    this.steps = Steps.load(db, getFact(db, 'importedUpTo'));
    this.everyReader = new Set(db.all<[string]>('SELECT DISTINCT reader FROM events').map((r) => r[0]));
    this.everyReader.delete(IMPORT_READER);
  }

  /** Number of the last event; 0 where there is none. */
  get position(): number {
    return this.last;
  }

  get canUndo(): boolean {
    return this.steps.nextUndo !== undefined;
  }

  get canRedo(): boolean {
    return this.steps.nextRedo !== undefined;
  }

  /** The label scheme of now. */
  get scheme(): LabelScheme {
    return this.classes;
  }

  /** Everybody in whose name a label was ever set. */
  readers(): string[] {
    return [...this.everyReader];
  }

  /** The label of now. @throws UserError `sample-missing` */
  label(key: number): Label {
    this.context.samples.check(key);
    return this.context.view.get(key);
  }

  /**
   * The same change on every sample, as one undoable step.
   * @throws UserError `reader-missing`, `sample-missing`, `class-missing`, `value-invalid`, `disk-full`; nothing is changed then
   */
  set(keys: readonly number[], change: LabelChange, options: SetOptions): LabelSaved {
    return this.setEach(
      [...new Set(keys)].map((key) => ({ key, change })),
      options,
    );
  }

  /** A change of its own for every sample, as one undoable step (accepted suggestions). @throws UserError as `set` */
  setEach(changes: readonly { key: number; change: LabelChange }[], options: SetOptions): LabelSaved {
    const reader = this.requireReader(options.reader);
    if (changes.length === 0) throw new UserError('value-invalid', 'there is no sample to label');
    const origin = originOf(options.origin, changes.length);
    const drafts = changes.map(({ key, change }): Draft => {
      const outcome = outcomeOf(this.label(key), change, changes.length === 1);
      return { key, reader, outcome, refers: null, standing: null };
    });
    return this.step(drafts, origin, options.context);
  }

  /** Labels of a table, each in its reader's name, as one undoable step. @throws UserError as `set` */
  bring(entries: readonly { key: number; reader: string | null; outcome: Outcome }[]): LabelSaved {
    const drafts = entries.map(({ key, reader, outcome }): Draft => ({
      key,
      reader: reader ?? IMPORT_READER,
      outcome,
      refers: null,
      standing: null,
    }));
    return this.step(drafts, 'imported', null);
  }

  /** Takes the last step back that stands. @throws UserError `nothing-to-undo`, or as `set` */
  undo(): LabelUndone {
    const step = this.steps.nextUndo;
    if (!step) throw new UserError('nothing-to-undo', 'there is nothing to undo');
    const undone = this.repeal(step, 'undo');
    this.steps.undid();
    return undone;
  }

  /** Repeats the step that was undone last. @throws UserError `nothing-to-redo`, or as `set` */
  redo(): LabelUndone {
    const step = this.steps.nextRedo;
    if (!step) throw new UserError('nothing-to-redo', 'there is nothing to redo');
    const redone = this.repeal(step, 'redo');
    this.steps.redid();
    return redone;
  }

  /** A new version of the scheme, undoable like a label. @throws UserError `value-invalid` where a used class would go */
  setClasses(classes: readonly LabelClass[], positive: number | null): LabelScheme {
    this.requireWritable();
    const scheme = changedScheme(this.classes, classes, positive);
    this.appendScheme(scheme, 'read', null);
    this.steps.did({ kind: 'scheme', version: scheme.version });
    return scheme;
  }

  /** A page of events, newest first. */
  activity(query: ActivityQuery): ActivityPage {
    const { db } = this.context;
    const page = activityPage(db, query, this.classes, getFact(db, 'importedUpTo'));
    return { ...page, canUndo: this.canUndo, canRedo: this.canRedo };
  }

  /** All events of one sample, oldest first. */
  history(key: number): LabelEvent[] {
    this.context.samples.check(key);
    return selectEvents(this.context.db, 'WHERE key = ? ORDER BY position', key).map(
      ({ key: _key, position: _position, ...event }) => event,
    );
  }

  /** Each reader's last word on a sample, the latest last. */
  byReader(key: number): Label[] {
    return historiesOf(this.context.db, 'key = ?', key).get(key)?.byReader() ?? [];
  }

  /** Each reader's last word on every sample that has a label. */
  allByReader(): Map<number, Label[]> {
    const all = new Map<number, Label[]>();
    for (const [key, history] of historiesOf(this.context.db)) all.set(key, history.byReader());
    return all;
  }

  /** All labels as they are now: a copy. */
  now(): LabelSnapshot {
    const { view } = this.context;
    return {
      position: this.last,
      hash: this.hash,
      classes: view.classes.slice(),
      states: view.states.slice(),
      events: view.events.slice(),
    };
  }

  /**
   * All labels as they were after the event with this number. A reader beside a writer sees events that came after it opened.
   * @throws UserError `value-invalid` for a position that the journal never had
   */
  at(position: number): LabelSnapshot {
    if (position === this.last) return this.now();
    const { db, samples } = this.context;
    if (!Number.isInteger(position) || position < 0 || position > lastPosition(db))
      throw new UserError('value-invalid', `the journal of labels has no position ${position}`);
    const view = replay(db, samples.size, position);
    return {
      position,
      hash: hashAt(db, position),
      classes: view.classes,
      states: view.states,
      events: view.events,
    };
  }

  /** Samples whose class or state is another one than after the event with this number. */
  changedSince(position: number): number {
    if (this.baseline?.position !== position) this.baseline = { position, seen: position, before: new Map() };
    const { baseline } = this;
    for (const [key, old] of changesAfter(this.context.db, baseline.seen))
      if (!baseline.before.has(key)) baseline.before.set(key, old);
    baseline.seen = this.last;
    const { classes, states } = this.context.view;
    let changed = 0;
    for (const [key, old] of baseline.before) if (classes[key] !== old.class || states[key] !== old.state) changed++;
    return changed;
  }

  /** Writes the labels of now as a table, one row a sample or one a reader of a sample. @throws UserError as `exportLabels` */
  exportCsv(file: string, options: { allReaders?: boolean } = {}): Promise<{ file: string; rows: number }> {
    return exportLabels(this, this.context, file, options);
  }

  /** Reads such a table as one undoable step; `keys` changed. @throws UserError as `importLabels` */
  importCsv(
    file: string,
    options: { reader?: string } = {},
  ): Promise<{ file: string; rows: number; changed: number; keys: number[] }> {
    return importLabels(this, this.context, file, options);
  }

  private step(drafts: readonly Draft[], origin: LabelOrigin, context: ReadingContext | null): LabelSaved {
    const saved = this.commit(drafts, origin, context);
    this.steps.did({ kind: 'label', event: saved.events[0]!, batch: saved.batch });
    return saved;
  }

  /** Takes a step back or repeats it. */
  private repeal(step: Step, origin: 'undo' | 'redo'): LabelUndone {
    this.requireWritable();
    if (step.kind === 'scheme') return this.repealScheme(step.version, origin);
    const { db, view } = this.context;
    const reader = this.context.reader();
    const events = selectStep(db, step);
    const histories =
      step.batch === null
        ? historiesOf(db, 'key = ?', events[0]!.key)
        : historiesOf(db, 'key IN (SELECT key FROM events WHERE batch = ?)', step.batch);
    const drafts = events.map((event): Draft => {
      const history = histories.get(event.key)!;
      const standing = origin === 'undo' ? history.without(event.id) : history.with(event.id);
      const { value, state, reason, note } = standing;
      return {
        key: event.key,
        reader: reader ?? event.reader,
        outcome: { target: event.target, value, state, reason, note },
        refers: event.id,
        standing,
      };
    });
    const first = drafts[0]!;
    const old = view.get(first.key);
    const saved = this.commit(drafts, origin, null);
    return {
      ...saved,
      keys: drafts.map((d) => d.key),
      sample: this.context.samples.ids[first.key]!,
      oldValue: old.value,
      newValue: first.outcome.value,
      oldState: old.state,
      newState: first.outcome.state,
    };
  }

  private repealScheme(version: number, origin: 'undo' | 'redo'): LabelUndone {
    const like = loadScheme(this.context.db, origin === 'undo' ? version - 1 : version);
    const scheme = { ...like, version: this.classes.version + 1 };
    const event = this.appendScheme(scheme, origin, version);
    const nothing = { oldValue: null, newValue: null, oldState: 'unlabelled', newState: 'unlabelled' } as const;
    return { saved: true, events: [event], batch: null, journal: this.last, keys: [], sample: '', ...nothing, scheme };
  }

  private appendScheme(scheme: LabelScheme, origin: 'read' | 'undo' | 'redo', refers: number | null): string {
    const { db, device } = this.context;
    const id = uuid7();
    const event = {
      id,
      device,
      clock: this.clock + 1,
      time: new Date().toISOString(),
      reader: this.context.reader() ?? '',
      origin,
      refers,
      scheme,
    };
    db.transaction(() => appendScheme(db, event));
    this.clock++;
    this.classes = scheme;
    this.context.schemeChanged(scheme);
    return id;
  }

  /** Writes events and the labels that follow from them in one transaction, and only then changes what memory says. */
  private commit(drafts: readonly Draft[], origin: LabelOrigin, context: ReadingContext | null): LabelSaved {
    this.requireWritable();
    this.refuseFrozen(drafts);
    for (const { outcome } of drafts) this.requireClass(outcome.value?.class);
    const { db, samples, view, device } = this.context;
    const batch = drafts.length > 1 ? uuid7() : null;
    const time = new Date().toISOString();
    let { hash } = this;
    const written = db.transaction(() =>
      drafts.map((draft, i) => {
        const { key, outcome, reader } = draft;
        const old = view.get(key);
        const event: StoredEvent = {
          position: this.last + 1 + i,
          key,
          id: uuid7(),
          device,
          clock: this.clock + 1 + i,
          time,
          sample: samples.ids[key]!,
          contentHash: samples.hashes[key]!,
          scheme: this.classes.id,
          schemeVersion: this.classes.version,
          target: outcome.target,
          box: null,
          reader,
          oldValue: old.value,
          newValue: outcome.value,
          oldState: old.state,
          newState: outcome.state,
          reason: outcome.reason,
          note: outcome.note,
          origin,
          context,
          batch,
          refers: draft.refers,
        };
        const label = draft.standing ?? labelAfter(event, old);
        hash = appendEvent(db, event, hash);
        upsertLabel(db, key, label, time, event.position);
        return { event, label };
      }),
    );
    this.last += drafts.length;
    this.clock += drafts.length;
    this.hash = hash;
    for (const { event, label } of written) {
      view.put(event.key, label, time, event.position);
      if (event.reader !== IMPORT_READER) this.everyReader.add(event.reader);
    }
    this.context.changed(drafts.map((d) => d.key));
    return { saved: true, events: written.map((w) => w.event.id), batch, journal: this.last };
  }

  private requireWritable(): void {
    if (this.context.readOnly)
      throw new UserError('project-locked', 'the project is open read-only: labels cannot be changed', {
        file: this.context.db.file,
      });
  }

  private requireReader(given: string | undefined): string {
    const reader = given?.trim() || this.context.reader();
    if (!reader) throw new UserError('reader-missing', 'say who reads before the first label is set');
    return reader;
  }

  private requireClass(id: number | undefined): void {
    if (id !== undefined && !this.classes.classes.some((c) => c.id === id))
      throw new UserError('class-missing', `there is no class number ${id} in this project`);
  }

  private refuseFrozen(drafts: readonly Draft[]): void {
    const frozen = drafts.filter((d) => d.outcome.target === TARGET_LABEL && this.context.isFrozen(d.key)).length;
    if (frozen > 0)
      throw new UserError(
        'value-invalid',
        `the test split was scored, and ${frozen} of ${drafts.length} samples belong to it: their labels may only change in a blind re-read`,
      );
  }
}

function labelAfter(event: StoredEvent, old: Label): Label {
  const { newValue: value, newState: state, reason, note } = event;
  if (event.target !== TARGET_LABEL) return { ...old, note };
  return { value, state, reader: event.reader === IMPORT_READER ? null : event.reader, reason, note, event: event.id };
}

function lastPosition(db: Db): number {
  return db.get<[number]>('SELECT coalesce(max(position), 0) FROM events')![0];
}
