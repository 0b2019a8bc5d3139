import { answersOf, answerTo, type LabelAnswers, type LabelState, type LabelValue } from '@shared/domain';
import { canonicalAnswers, questionsOf } from '@shared/scheme';
import { IMPORT_READER, TARGET_LABEL, TARGET_NOTE, type StoredEvent } from './events';

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
      if (e.target !== TARGET_NOTE) last.set(e.reader, i);
    });
    return [...last]
      .sort((a, b) => a[1] - b[1])
      .map(([reader, i]) => {
        const until = standing.slice(0, i + 1);
        // Of answers a reader said only what that reader answered.
        const own = questionsOf(until[i]!.target) ? until.filter((e) => e.reader === reader) : until;
        return labelOf(own);
      });
  }

  private standing(): E[] {
    return this.order.filter((e) => !this.undone.has(e.id));
  }
}

function labelOf(standing: readonly Step[]): Label {
  const last = standing.at(-1);
  if (!last) return NO_LABEL;
  const labelled = standing.findLast((e) => e.target !== TARGET_NOTE);
  const value = valueAfter(standing);
  return {
    value,
    state: stateAfter(labelled, value),
    reader: !labelled || labelled.reader === IMPORT_READER ? null : labelled.reader,
    reason: labelled?.reason ?? null,
    note: last.note,
    event: labelled?.id ?? null,
  };
}

/** An event about single questions changes them alone: two people (or workstations) may answer different ones. */
function valueAfter(standing: readonly Step[]): LabelValue {
  const whole = standing.findLastIndex((e) => e.target === TARGET_LABEL);
  let value = whole < 0 ? null : standing[whole]!.newValue;
  for (const event of standing.slice(whole + 1)) {
    const ids = questionsOf(event.target);
    if (ids) value = withAnswers(value, ids, answersOf(event.newValue));
  }
  return value;
}

/** A value with some of its answers taken from another one. */
export function withAnswers(value: LabelValue, ids: readonly number[], said: LabelAnswers | null): LabelValue {
  const changed = Object.fromEntries(ids.map((id) => [id, answerTo(said, id)]));
  const answers = canonicalAnswers({ ...answersOf(value), ...changed });
  return Object.keys(answers).length > 0 ? { answers } : null;
}

/** Answers that were taken back one by one leave no label. */
function stateAfter(labelled: Step | undefined, value: LabelValue): LabelState {
  const state = labelled?.newState ?? 'unlabelled';
  return value === null && (state === 'labelled' || state === 'checked') ? 'unlabelled' : state;
}
