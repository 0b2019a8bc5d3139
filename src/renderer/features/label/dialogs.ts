import { shallowRef } from 'vue';

interface Many {
  readonly count: number;
  /** How many of them are not on screen. */
  readonly hidden: number;
  /** What they would become, in words. */
  readonly what: string;
}
interface Asked<Q, A> {
  readonly question: Q;
  answer(answer: A): void;
}

/** Questions that labelling asks; `LabelDialogs` shows them. */
export const manyQuestion = shallowRef<Asked<Many, boolean> | null>(null);
export const textQuestion = shallowRef<Asked<
  { kind: 'exclude' | 'note'; keys: readonly number[] },
  string | null
> | null>(null);

/** Asks before an edit of many samples. */
export function confirmMany(question: Many): Promise<boolean> {
  return new Promise((resolve) => {
    manyQuestion.value = {
      question,
      answer(answer) {
        manyQuestion.value = null;
        resolve(answer);
      },
    };
  });
}

/** Asks for the reason of an exclusion, or for a note. @returns null where the person cancelled */
export function describeSample(kind: 'exclude' | 'note', keys: readonly number[]): Promise<string | null> {
  return new Promise((resolve) => {
    textQuestion.value = {
      question: { kind, keys },
      answer(answer) {
        textQuestion.value = null;
        resolve(answer);
      },
    };
  });
}
