import type { LabelEvent, LabelScheme } from '@shared/domain';
import { UserError } from '@shared/errors';
import type { LabelSnapshot } from '../types';
import { hashAt, lastPosition, selectEvents } from './events';
import type { Label } from './fold';
import { changesAfter, historiesOf, replay } from './replay';
import type { EventWriter, JournalContext } from './writer';

/** The half of the journal that only reads: labels of now and of any moment before. */
export class LabelArchive {
  private baseline: { position: number; seen: number; before: Map<number, { class: number; state: number }> } | null =
    null;

  constructor(
    protected readonly context: JournalContext,
    protected readonly writer: EventWriter,
  ) {}

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
    baseline.seen = this.position;
    const { classes, states } = this.context.view;
    let changed = 0;
    for (const [key, old] of baseline.before) if (classes[key] !== old.class || states[key] !== old.state) changed++;
    return changed;
  }
}
