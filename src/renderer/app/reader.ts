import { ref } from 'vue';

type Answer = (named: boolean) => void;
/** The question that is open, if any. */
export const question = ref<Answer | null>(null);

/** Asks who reads. @returns true once a reader was named */
export function askReader(): Promise<boolean> {
  return new Promise((resolve) => {
    question.value?.(false);
    question.value = (named) => {
      question.value = null;
      resolve(named);
    };
  });
}
