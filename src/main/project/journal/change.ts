import type { LabelChange, LabelOrigin, LabelState, LabelValue } from '@shared/domain';
import { UserError } from '@shared/errors';
import { TARGET_LABEL, TARGET_NOTE } from './events';
import type { Label } from './fold';

/** What one event says: value, state, reason and note as they are after it. */
export interface Outcome {
  readonly target: string;
  readonly value: LabelValue;
  readonly state: LabelState;
  readonly reason: string | null;
  readonly note: string | null;
}

/** An edit of several samples at once is `bulk`, whatever it came from; a script stays a script. */
export function originOf(asked: LabelOrigin, samples: number): LabelOrigin {
  return samples > 1 && (asked === 'read' || asked === 'suggestion') ? 'bulk' : asked;
}

/**
 * SCIENCE section 1: a class that is set or confirmed on a single sample makes it `checked`, in bulk `labelled`; `unsure` and
 * `excluded` keep the class; `unlabelled` takes it away; a reason belongs to `excluded` alone; a note stays until it is changed.
 * @throws UserError `value-invalid` for a combination that means nothing
 */
export function outcomeOf(old: Label, change: LabelChange, single: boolean): Outcome {
  const note = change.note === undefined ? old.note : change.note.trim() === '' ? null : change.note;
  if (change.class === undefined && change.state === undefined)
    return { target: TARGET_NOTE, value: old.value, state: old.state, reason: old.reason, note };
  const state = change.state ?? (single ? 'checked' : 'labelled');
  if (state === 'unlabelled' && change.class !== undefined)
    throw new UserError('value-invalid', 'a sample with a class is not unlabelled');
  const value = state === 'unlabelled' ? null : change.class === undefined ? old.value : { class: change.class };
  if ((state === 'labelled' || state === 'checked') && value === null)
    throw new UserError('value-invalid', `without a class a sample cannot be ${state}`);
  if (state === 'excluded' && !change.reason?.trim())
    throw new UserError('value-invalid', 'leaving a sample out needs a reason');
  return { target: TARGET_LABEL, value, state, reason: state === 'excluded' ? change.reason!.trim() : null, note };
}
