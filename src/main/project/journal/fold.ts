import type { LabelState, LabelValue } from '@shared/domain';
import { IMPORT_READER, TARGET_LABEL, type StoredEvent } from './events';

/** The label of one sample as it stands. */
export interface Label {
  readonly value: LabelValue;
  readonly state: LabelState;
  /** Who set value and state last; null: the data brought them and do not say. */
  readonly reader: string | null;
  readonly reason: string | null;
  readonly note: string | null;
  /** The event that value and state stand on. */
  readonly event: string | null;
}

export const NO_LABEL: Label = {
  value: null,
  state: 'unlabelled',
  reader: null,
  reason: null,
  note: null,
  event: null,
};

type Step = Pick<
  StoredEvent,
  'id' | 'origin' | 'refers' | 'target' | 'reader' | 'newValue' | 'newState' | 'reason' | 'note'
>;

/**
 * The history of one sample as a fold over its events: undo takes the event that it refers to out, redo puts it back in
 * its old place, and the label is what the last event left inside says. So an undone reading leaves no trace in anybody's name.
 */
export class History<E extends Step = StoredEvent> {
  private readonly order: E[] = [];
  private readonly undone = new Set<string>();
  private newest: E | undefined;

  /** The last event of whatever kind. */
  get latest(): E | undefined {
    return this.newest;
  }

  add(event: E): void {
    this.newest = event;
    if (event.origin === 'undo' && event.refers !== null) this.takeBack(event.refers);
    else if (event.origin === 'redo' && event.refers !== null) this.putBack(event.refers);
    else this.order.push(event);
  }

  takeBack(id: string): void {
    this.undone.add(id);
  }

  putBack(id: string): void {
    this.undone.delete(id);
  }

  get label(): Label {
    return labelOf(this.standing());
  }

  /** Each reader's last word, the latest last. */
  byReader(): Label[] {
    const standing = this.standing();
    const last = new Map<string, number>();
    standing.forEach((e, i) => {
      if (e.target === TARGET_LABEL) last.set(e.reader, i);
    });
    return [...last.values()].sort((a, b) => a - b).map((i) => labelOf(standing.slice(0, i + 1)));
  }

  private standing(): E[] {
    return this.order.filter((e) => !this.undone.has(e.id));
  }
}

function labelOf(standing: readonly Step[]): Label {
  const last = standing.at(-1);
  if (!last) return NO_LABEL;
  const labelled = standing.findLast((e) => e.target === TARGET_LABEL);
  return {
    value: last.newValue,
    state: last.newState,
    reader: !labelled || labelled.reader === IMPORT_READER ? null : labelled.reader,
    reason: last.reason,
    note: last.note,
    event: labelled?.id ?? null,
  };
}
