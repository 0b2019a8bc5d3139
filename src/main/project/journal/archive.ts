import type { LabelEvent, LabelScheme } from '@shared/domain';
import { UserError } from '@shared/errors';
import { resolveLabel, sameValue } from '@shared/scheme';
import type { LabelSnapshot } from '../types';
import { hashAt, lastPosition, selectEvents } from './events';
import type { Label } from './fold';
import type { LabelView } from './labelView';
import { changesAfter, historiesOf, replay } from './replay';
import type { EventWriter, JournalContext } from './writer';

/** The half of the journal that only reads: labels of now and of any moment before. */
export class LabelArchive {
  private baseline: { position: number; seen: number; before: Map<number, Pick<Label, 'value' | 'state'>> } | null =
    null;

  constructor(
    protected readonly context: JournalContext,
    protected readonly writer: EventWriter,
  ) {}

  /** What the next event follows. */
  get end(): { position: number; hash: string; clock: number; scheme: LabelScheme } {
    const { position, hash, time, scheme } = this.writer;
    return { position, hash, clock: time, scheme };
  }

  /** Number of the last event; 0 where there is none. */
  get position(): number {
    return this.writer.position;
  }

  /** The label scheme of now. */
  get scheme(): LabelScheme {
    return this.writer.scheme;
  }

  /** Everybody in whose name a label was ever set. */
  readers(): string[] {
    return this.writer.readers();
  }

  /** The label of now. @throws UserError `sample-missing` */
  label(key: number): Label {
    this.context.samples.check(key);
    return this.context.view.get(key);
  }

  /** The label as it was given, perhaps in an earlier version of the scheme. @throws UserError `sample-missing` */
  protected given(key: number): Label {
    this.context.samples.check(key);
    return this.context.view.raw(key);
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
      position: this.position,
      hash: this.writer.hash,
      classes: view.classes.slice(),
      states: view.states.slice(),
      answers: answersIn(view, this.scheme),
      events: view.events.slice(),
    };
  }

  /**
   * All labels as they were after the event with this number. A reader beside a writer sees events that came after it opened.
   * @throws UserError `value-invalid` for a position that the journal never had
   */
  at(position: number): LabelSnapshot {
    if (position === this.position) return this.now();
    const { db, samples } = this.context;
    if (!Number.isInteger(position) || position < 0 || position > lastPosition(db))
      throw new UserError('value-invalid', `the journal of labels has no position ${position}`);
    const view = replay(db, samples.size, position, this.scheme);
    return {
      position,
      hash: hashAt(db, position),
      classes: view.classes,
      states: view.states,
      answers: answersIn(view, this.scheme),
      events: view.events,
    };
  }

  /** Samples whose class or state is another one than after the event with this number; scored test samples do not count. */
  changedSince(position: number): number {
    if (this.baseline?.position !== position) this.baseline = { position, seen: position, before: new Map() };
    const { baseline } = this;
    for (const [key, old] of changesAfter(this.context.db, baseline.seen))
      if (!baseline.before.has(key)) baseline.before.set(key, old);
    baseline.seen = this.position;
    let changed = 0;
    for (const [key, old] of baseline.before) {
      // Labels of scored test samples change in blind re-reads alone, and no run learns from them.
      if (this.context.isFrozen(key)) continue;
      const before = resolveLabel(this.scheme, old.value, old.state);
      const now = this.context.view.get(key);
      if (!sameValue(before.value, now.value) || before.state !== now.state) changed++;
    }
    return changed;
  }
}

/** Copies, in the order of the scheme's questions. */
function answersIn(view: LabelView, scheme: LabelScheme): LabelSnapshot['answers'] {
  if (scheme.kind !== 'answers') return new Map();
  return new Map(scheme.classes.map(({ id }) => [id, view.answers(id).slice()]));
}
