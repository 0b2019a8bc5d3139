import { ref } from 'vue';
import type { ShallowRef } from 'vue';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';

/** One question to the services after the other: what a closed dialog or an older question asked is not heard any more. */
export function useAsking<Step extends string>(error: ShallowRef<UserErrorData | null>) {
  const busy = ref<Step | null>(null);
  let asked = 0;

  async function step<T>(what: Step, work: () => Promise<T>): Promise<T | undefined> {
    const mine = ++asked;
    error.value = null;
    busy.value = what as typeof busy.value;
    try {
      const answer = await work();
      return mine === asked ? answer : undefined;
    } catch (thrown) {
      if (mine === asked) error.value = errorData(thrown);
      return undefined;
    } finally {
      if (mine === asked) busy.value = null;
    }
  }
  function forget(): void {
    asked++;
    error.value = busy.value = null;
  }
  return { busy, step, forget };
}
