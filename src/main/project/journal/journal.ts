import type {
  ActivityPage,
  ClassPart,
  LabelChange,
  LabelClass,
  LabelOrigin,
  LabelSaved,
  LabelScheme,
  LabelUndone,
  ReadingContext,
} from '@shared/domain';
import { UserError } from '@shared/errors';
import { getFact } from '../meta';
import { activityPage, type ActivityQuery } from './activity';
import { LabelArchive } from './archive';
import { blindContext } from './blind';
import { changeAmong, originOf, outcomeOf, type Outcome } from './change';
import { IMPORT_READER, loadScheme, selectStep, TARGET_NOTE } from './events';
import { exportLabels, importLabels } from './labelTable';
import { historiesOf } from './replay';
import type { PatientChange } from '../patients';
import { loadBoxStep, type BoxChange } from '../boxes/steps';
import { loadPatientStep } from './patientSteps';
import { changedScheme, mergedScheme, splitScheme } from './scheme';
import { Steps, type Step } from './steps';
import { EventWriter, type Draft, type JournalContext } from './writer';

export interface SetOptions {
  readonly origin: Extract<LabelOrigin, 'read' | 'bulk' | 'suggestion' | 'script'>;
  readonly context: ReadingContext | null;
  /** The project's present reader otherwise. */
  readonly reader?: string;
}

/**
 * The append-only journal of labels and of the classes that they name. Every method that changes something returns after
 * the transaction is durable, and throws with everything as it was before.
 */
export class LabelJournal extends LabelArchive {
  private readonly steps: Steps;
  /** Steps that touch labels which were frozen since. */
  private readonly sealed = new WeakSet<Step>();

  constructor(context: JournalContext) {
    super(context, new EventWriter(context));
    this.steps = Steps.load(context.db, getFact(context.db, 'importedUpTo'));
  }

  get canUndo(): boolean {
    return this.steps.nextUndo((step) => !this.isSealed(step)) !== undefined;
  }

  get canRedo(): boolean {
    return this.steps.nextRedo((step) => !this.isSealed(step)) !== undefined;
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
      const old = this.given(key);
      const asked = changeAmong(changes.length, old, change);
      const outcome = outcomeOf(old, asked, changes.length === 1, this.scheme);
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

  /**
   * One test sample, read with nothing on screen but its pixels: the only way to change its label once it was scored.
   * @param round 0: said by a command line
   * @throws UserError as `set`, and `value-invalid` for a sample outside of test
   */
  reread(key: number, change: LabelChange, options: { round: number; reader?: string }): LabelSaved {
    const reader = this.requireReader(options.reader);
    const outcome = outcomeOf(this.given(key), change, true, this.scheme);
    if (this.context.splitOf(key) !== 'test')
      throw new UserError(
        'value-invalid',
        'only samples of the test split are read again blind: label this one as usual',
      );
    return this.step(
      [{ key, reader, outcome, refers: null, standing: null }],
      options.round === 0 ? 'script' : 'read',
      blindContext(options.round),
    );
  }

  /** Takes the last step back that stands and touches no frozen label. @throws UserError `nothing-to-undo`, or as `set` */
  undo(): LabelUndone {
    const step = this.steps.nextUndo((s) => !this.isSealed(s));
    if (!step) throw new UserError('nothing-to-undo', 'there is nothing to undo');
    const undone = this.repeal(step, 'undo');
    this.steps.undid(step);
    return undone;
  }

  /** Repeats the step that was undone last. @throws UserError `nothing-to-redo`, or as `set` */
  redo(): LabelUndone {
    const step = this.steps.nextRedo((s) => !this.isSealed(s));
    if (!step) throw new UserError('nothing-to-redo', 'there is nothing to redo');
    const redone = this.repeal(step, 'redo');
    this.steps.redid(step);
    return redone;
  }

  /** A new version of the scheme, undoable like a label. @throws UserError `value-invalid` where a used class would go */
  setClasses(classes: readonly LabelClass[], positive: number | null): LabelScheme {
    return this.setScheme(changedScheme(this.scheme, classes, positive));
  }

  /** Classes go into another one: labels on them read as that one. Undoable. @throws UserError as `mergedScheme` */
  mergeClasses(from: readonly number[], into: number): LabelScheme {
    return this.setScheme(mergedScheme(this.scheme, from, into));
  }

  /** A class becomes several; its samples are to be read anew. Undoable. @throws UserError as `splitScheme` */
  splitClass(id: number, parts: readonly ClassPart[]): LabelScheme {
    return this.setScheme(splitScheme(this.scheme, id, parts));
  }

  /** Other patients of samples, with a new version of the splits that keeps each in one; undoable until its test split is scored. */
  changePatients(changes: readonly PatientChange[]): void {
    this.writer.requireWritable();
    const next = this.context.splits.regrouped(changes, null);
    const { number } = this.writer.appendPatients(changes, next, { origin: 'imported', refers: null });
    this.steps.did({ kind: 'patients', number });
  }

  /**
   * Boxes are drawn, moved, resized or removed: one undoable step.
   * @throws UserError `reader-missing`, `test-frozen`, `disk-full`; nothing is changed then
   */
  changeBoxes(changes: readonly BoxChange[], options: { origin: 'read' | 'script'; reader?: string }): { id: string } {
    const reader = this.requireReader(options.reader);
    this.writer.requireWritable();
    const { id, number } = this.writer.appendBoxes({ origin: options.origin, refers: null, changes }, reader);
    this.steps.did({ kind: 'boxes', number });
    return { id };
  }

  /** A page of events, newest first. */
  activity(query: ActivityQuery): ActivityPage {
    const { db } = this.context;
    const page = activityPage(db, query, this.scheme, {
      importedUpTo: getFact(db, 'importedUpTo'),
      withheld: this.context.withheld(),
      idOf: (key) => this.context.samples.ids[key]!,
    });
    return { ...page, canUndo: this.canUndo, canRedo: this.canRedo };
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

  private setScheme(scheme: LabelScheme): LabelScheme {
    this.writer.requireWritable();
    this.writer.appendScheme(scheme, 'read', null);
    this.steps.did({ kind: 'scheme', version: scheme.version });
    return scheme;
  }

  private step(drafts: readonly Draft[], origin: LabelOrigin, context: ReadingContext | null): LabelSaved {
    const saved = this.writer.commit(drafts, origin, context);
    this.steps.did({ kind: 'label', event: saved.events[0]!, batch: saved.batch });
    return saved;
  }

  /** Takes a step back or repeats it. */
  private repeal(step: Step, origin: 'undo' | 'redo'): LabelUndone {
    this.writer.requireWritable();
    if (step.kind === 'scheme') return this.repealScheme(step.version, origin);
    if (step.kind === 'patients') return this.repealPatients(step.number, origin);
    if (step.kind === 'boxes') return this.repealBoxes(step.number, origin);
    const { db, view } = this.context;
    const reader = this.context.reader();
    const events = selectStep(db, step);
    const histories =
      step.batch === null
        ? historiesOf(db, 'key = ?', events[0]!.key)
        : historiesOf(db, 'key IN (SELECT key FROM events WHERE batch = ?)', step.batch);
    // Last in, first out: a step may hold several events of one sample.
    const drafts = (origin === 'undo' ? events.reverse() : events).map((event): Draft => {
      const history = histories.get(event.key)!;
      if (origin === 'undo') history.takeBack(event.id);
      else history.putBack(event.id);
      const standing = history.label;
      const { value, state, reason, note } = standing;
      return {
        key: event.key,
        reader: reader ?? event.reader,
        outcome: { target: event.target, value, state, reason, note },
        refers: event.id,
        standing,
      };
    });
    const keys = [...new Set(events.map((e) => e.key))].sort((a, b) => a - b);
    const first = keys[0]!;
    const old = view.get(first);
    const saved = this.writer.commit(drafts, origin, null);
    const now = view.get(first);
    return {
      ...saved,
      keys,
      sample: this.context.samples.ids[first]!,
      oldValue: old.value,
      newValue: now.value,
      oldState: old.state,
      newState: now.state,
    };
  }

  /**
   * Labels of scored test samples change only in a blind re-read: steps that touched them are not taken back. A new version of the splits
   * would void a scoring: that is asked for, and not done by the way.
   */
  private isSealed(step: Step): boolean {
    if (step.kind === 'scheme') return false;
    if (step.kind === 'patients') return this.context.splits.scored();
    if (step.kind === 'boxes')
      return loadBoxStep(this.context.db, step.number).some(({ key }) => this.context.isFrozen(key));
    if (this.sealed.has(step)) return true;
    const touched = selectStep(this.context.db, step).some(
      ({ key, target }) => target !== TARGET_NOTE && this.context.isFrozen(key),
    );
    if (touched) this.sealed.add(step);
    return touched;
  }

  private repealScheme(version: number, origin: 'undo' | 'redo'): LabelUndone {
    const like = loadScheme(this.context.db, origin === 'undo' ? version - 1 : version);
    const scheme = { ...like, version: this.scheme.version + 1 };
    const event = this.writer.appendScheme(scheme, origin, version);
    return { ...this.withoutLabels(event), scheme };
  }

  private repealPatients(number: number, origin: 'undo' | 'redo'): LabelUndone {
    const { db, splits } = this.context;
    const step = loadPatientStep(db, number);
    const back = origin === 'undo';
    const changes = back ? step.changes.map(({ key, from, to }) => ({ key, from: to, to: from })) : step.changes;
    const next = splits.regrouped(changes, back ? step.splitVersion - 1 : step.splitVersion);
    const { id, splitVersion } = this.writer.appendPatients(changes, next, { origin, refers: number });
    return { ...this.withoutLabels(id), patients: { samples: changes.length, splitVersion } };
  }

  private repealBoxes(number: number, origin: 'undo' | 'redo'): LabelUndone {
    const { db, samples } = this.context;
    const step = loadBoxStep(db, number);
    const changes =
      origin === 'redo' ? step : step.map(({ before, after, ...box }) => ({ ...box, before: after, after: before }));
    const { id } = this.writer.appendBoxes({ origin, refers: number, changes });
    const boxes = changes.map(({ key, after }) => ({ key, sample: samples.ids[key]!, box: after }));
    return { ...this.withoutLabels(id), keys: boxes.map(({ key }) => key), sample: boxes[0]!.sample, boxes };
  }

  /** Of a step that touched no label. */
  private withoutLabels(event: string): LabelUndone {
    return {
      saved: true,
      events: [event],
      batch: null,
      journal: this.position,
      keys: [],
      sample: '',
      oldValue: null,
      newValue: null,
      oldState: 'unlabelled',
      newState: 'unlabelled',
    };
  }

  private requireReader(given: string | undefined): string {
    const reader = given?.trim() || this.context.reader();
    if (!reader) throw new UserError('reader-missing', 'say who reads before the first label is set');
    return reader;
  }
}
