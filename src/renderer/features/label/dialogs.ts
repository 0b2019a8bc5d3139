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
  {
    kind: 'exclude' | 'note';
    keys: readonly number[];
    /** In place of the sample's name and of what is known of it, where a reader must see neither. */
    blind: string | null;
  },
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

/**
 * Asks for the reason of an exclusion, or for a note.
 * @param blind what the sample is called where nothing else may be shown of it
 * @returns null where the person cancelled
 */
export function describeSample(
  kind: 'exclude' | 'note',
  keys: readonly number[],
  blind: string | null = null,
): Promise<string | null> {
  return new Promise((resolve) => {
    textQuestion.value = {
      question: { kind, keys, blind },
      answer(answer) {
        textQuestion.value = null;
        resolve(answer);
      },
    };
  });
}
