import { answersOf, answerTo, classOf } from './domain';
import type { Answer, LabelAnswers, LabelScheme, LabelState, LabelValue } from './domain';

/** What a label of any earlier version says under a scheme. */
export interface ResolvedLabel {
  readonly value: LabelValue;
  readonly state: LabelState;
  /** The class that it had until that was split; null otherwise. */
  readonly former: number | null;
}

type Moves = Pick<LabelScheme, 'classes' | 'merged' | 'split'>;

/** The class as which labels on a class read now: merges are followed. */
export function mergedInto(scheme: Pick<LabelScheme, 'merged'>, id: number): number {
  let now = id;
  while (scheme.merged[now] !== undefined) now = scheme.merged[now]!;
  return now;
}

/** A class and all that were ever merged into it. */
export function sourcesOf(scheme: Pick<LabelScheme, 'merged'>, id: number): number[] {
  return [
    id,
    ...Object.keys(scheme.merged)
      .map(Number)
      .filter((from) => mergedInto(scheme, from) === id),
  ];
}

/** Yes where one is yes, no where all are no; else not assessed, which is never taken for no. */
export function either(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes';
  return answers.length > 0 && answers.every((a) => a === 'no') ? 'no' : 'na';
}

/**
 * Reads a label by the scheme of now. A class that was merged reads as the one it went into. A class that was split, and
 * answers of which none is left, are no label any more: they have to be read anew.
 */
export function resolveLabel(scheme: Moves, value: LabelValue, state: LabelState): ResolvedLabel {
  const answers = answersOf(value);
  if (answers) {
    const now = resolveAnswers(scheme, answers);
    const none = Object.keys(now).length === 0;
    return {
      value: none ? null : { answers: now },
      state: none && needsValue(state) ? 'unlabelled' : state,
      former: null,
    };
  }
  const id = classOf(value);
  if (id === null) return { value: null, state, former: null };
  const now = mergedInto(scheme, id);
  if (scheme.split[now] === undefined) return { value: { class: now }, state, former: null };
  return { value: null, state: state === 'excluded' ? state : 'unlabelled', former: now };
}

/** Only questions that the scheme asks, and of them only those answered with yes or no. */
export function resolveAnswers(scheme: Moves, answers: LabelAnswers): LabelAnswers {
  const now: Record<string, Answer> = {};
  for (const { id } of scheme.classes) {
    const said = either(sourcesOf(scheme, id).map((from) => answerTo(answers, from)));
    if (said !== 'na') now[id] = said;
  }
  return now;
}

/** In one order and without `na`, so that equal answers are equal texts. */
export function canonicalAnswers(answers: LabelAnswers): LabelAnswers {
  const ids = Object.keys(answers)
    .map(Number)
    .sort((a, b) => a - b);
  return Object.fromEntries(ids.flatMap((id) => (answerTo(answers, id) === 'na' ? [] : [[id, answers[id]!]])));
}

export const sameValue = (a: LabelValue, b: LabelValue): boolean => {
  const [left, right] = [answersOf(a), answersOf(b)];
  if (left && right) return JSON.stringify(canonicalAnswers(left)) === JSON.stringify(canonicalAnswers(right));
  return !left && !right && classOf(a) === classOf(b);
};

const needsValue = (state: LabelState): boolean => state === 'labelled' || state === 'checked';

/** Classes by id, those of earlier versions too. */
export function classNamed(
  scheme: Pick<LabelScheme, 'classes' | 'retired'>,
  id: number,
): LabelScheme['classes'][number] | undefined {
  return scheme.classes.find((c) => c.id === id) ?? scheme.retired.find((c) => c.id === id);
}

/**
 * A label's value in words, e.g. `malignant` or `edema: yes, mass: no`; null without one.
 * @param words for yes and no, in the reader's language
 * @param only questions to be named; all otherwise
 */
export function valueWords(
  scheme: Pick<LabelScheme, 'classes' | 'retired'>,
  value: LabelValue,
  words: { readonly yes: string; readonly no: string; readonly na: string } = { yes: 'yes', no: 'no', na: 'na' },
  only: readonly number[] | null = null,
): string | null {
  const name = (id: number): string => classNamed(scheme, id)?.name ?? String(id);
  const answers = answersOf(value);
  if (answers || only) {
    const ids = only ?? Object.keys(answers!).map(Number);
    return ids.map((id) => `${name(id)}: ${words[answerTo(answers, id)]}`).join(', ');
  }
  const id = classOf(value);
  return id === null ? null : name(id);
}

/**
 * Answers that the model gives in place of the present ones: all of them where nothing was assessed yet, else only those
 * that it disputes, so that what a person left out stays left out. Null where it disputes nothing.
 */
export function suggestedAnswers(present: LabelAnswers | null, predicted: LabelAnswers): LabelAnswers | null {
  if (present === null) return predicted;
  const disputed = Object.entries(predicted).filter(([id, said]) => {
    const now = answerTo(present, Number(id));
    return now !== 'na' && now !== said;
  });
  return disputed.length > 0 ? Object.fromEntries(disputed) : null;
}

/** The answer that a key press puts in place of this one. */
export const nextAnswer = (now: Answer): Answer => (now === 'na' ? 'yes' : now === 'yes' ? 'no' : 'na');

const ANSWERS_TARGET = 'answers:';
/** Target of an event about these questions alone: the others stay as they are, whoever answered them meanwhile. */
export const answersTarget = (ids: readonly number[]): string =>
  ANSWERS_TARGET + [...ids].sort((a, b) => a - b).join(',');
/** The questions that an event is about; null where it is about the whole label or its note. */
export const questionsOf = (target: string): number[] | null =>
  target.startsWith(ANSWERS_TARGET) ? target.slice(ANSWERS_TARGET.length).split(',').map(Number) : null;
