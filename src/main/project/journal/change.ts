import { answersOf } from '@shared/domain';
import type { LabelAnswers, LabelChange, LabelOrigin, LabelScheme, LabelState, LabelValue } from '@shared/domain';
import { UserError } from '@shared/errors';
import { answersTarget, canonicalAnswers, resolveLabel, sourcesOf } from '@shared/scheme';
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

/** Confirming several at once makes none of them `checked`; one that is stays so where nothing else is said of it. */
export function changeAmong(samples: number, old: Label, change: LabelChange): LabelChange {
  if (samples === 1 || change.state !== 'checked') return change;
  const given = change.class !== undefined || change.answers !== undefined;
  return { ...change, state: old.state === 'checked' && !given ? 'checked' : 'labelled' };
}

/**
 * docs/science.md, section 1: a class (or an answer) that is set or confirmed on a single sample makes it `checked`, in bulk `labelled`;
 * `unsure` and `excluded` keep it; `unlabelled` takes it away; a reason belongs to `excluded` alone; a note stays until it is
 * changed. Answers change one by one; without any that is yes or no there is no label.
 * @param old as it was given, perhaps in an earlier version of the scheme
 * @throws UserError `value-invalid` for a combination that means nothing
 */
export function outcomeOf(old: Label, change: LabelChange, single: boolean, scheme: LabelScheme): Outcome {
  const note = change.note === undefined ? old.note : change.note.trim() === '' ? null : change.note;
  const given = change.class !== undefined || change.answers !== undefined;
  if (!given && change.state === undefined)
    return { target: TARGET_NOTE, value: old.value, state: old.state, reason: old.reason, note };
  if (change.state === 'unlabelled' && given)
    throw new UserError('value-invalid', 'a sample with a class is not unlabelled');
  if (change.state === 'excluded' && !change.reason?.trim())
    throw new UserError('value-invalid', 'leaving a sample out needs a reason');
  const reason = change.state === 'excluded' ? change.reason!.trim() : null;
  refuseUnknown(change, scheme);
  if (change.answers !== undefined) {
    const answers = asAsked(scheme, change.answers);
    const all = canonicalAnswers({ ...answersOf(old.value), ...answers });
    const value = Object.keys(all).length > 0 ? { answers: all } : null;
    const state = change.state ?? (value === null ? 'unlabelled' : single ? 'checked' : 'labelled');
    refuseWithout(value, state, scheme);
    return { target: answersTarget(Object.keys(answers).map(Number)), value, state, reason, note };
  }
  if (change.class !== undefined && scheme.kind === 'answers')
    throw new UserError('value-invalid', 'the labels here are answers to questions, not one class');
  const value = change.state === 'unlabelled' ? null : change.class === undefined ? old.value : { class: change.class };
  const state = change.state ?? (single ? 'checked' : 'labelled');
  refuseWithout(value, state, scheme);
  return { target: TARGET_LABEL, value, state, reason, note };
}

/** @throws UserError `class-missing` */
function refuseUnknown(change: LabelChange, scheme: LabelScheme): void {
  const asked = change.class === undefined ? Object.keys(change.answers ?? {}).map(Number) : [change.class];
  const missing = asked.find((id) => !scheme.classes.some((c) => c.id === id));
  if (missing !== undefined)
    throw new UserError('class-missing', `there is no class number ${missing} in this project`);
}

/** @throws UserError `value-invalid` */
function refuseWithout(value: LabelValue, state: LabelState, scheme: LabelScheme): void {
  if ((state === 'labelled' || state === 'checked') && resolveLabel(scheme, value, state).value === null)
    throw new UserError(
      'value-invalid',
      `without ${scheme.kind === 'answers' ? 'an answer' : 'a class'} a sample cannot be ${state}`,
    );
}

/** Answers to questions of now, and the same to those that were merged into them, so that no older answer speaks against them. */
function asAsked(scheme: LabelScheme, answers: LabelAnswers): LabelAnswers {
  if (scheme.kind !== 'answers')
    throw new UserError('value-invalid', 'the labels here are one class a sample, not answers to questions');
  return Object.fromEntries(
    Object.entries(answers).flatMap(([id, said]) => sourcesOf(scheme, Number(id)).map((source) => [source, said])),
  );
}
