import { ref, shallowRef } from 'vue';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';
import type { MaskSaved, MaskStepContent } from '@shared/domain';
import { client } from '@renderer/stores';

/** What is written to a mask's history. */
export type MaskOperation =
  | { readonly kind: 'step'; readonly content: MaskStepContent }
  | { readonly kind: 'undo' | 'redo' }
  | { readonly kind: 'name'; readonly name: string };

interface Waiting {
  readonly mask: string;
  readonly seen: number;
  readonly operation: MaskOperation;
}

function send({ mask, seen, operation }: Waiting): Promise<MaskSaved> {
  const { masks } = client();
  if (operation.kind === 'step') return masks.step({ mask, seen, content: operation.content });
  if (operation.kind === 'name') return masks.rename({ mask, seen, name: operation.name });
  return masks[operation.kind]({ mask, seen });
}

/**
 * Steps on their way to the disk, one after the other. They count as saved when the answer says so and never before; what cannot be
 * written stays here and is tried again when the person asks for it.
 * @param outdated another window went on with the mask: what waits belongs to a history that is no more
 */
export function useMaskSteps(outdated: (mask: string) => void) {
  const waiting = shallowRef<readonly Waiting[]>([]);
  /** When the last step was saved, as the disk says it. */
  const savedAt = ref<string | null>(null);
  const problem = shallowRef<UserErrorData | null>(null);
  let busy = false;

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    problem.value = null;
    try {
      for (let first = waiting.value[0]; first; first = waiting.value[0]) {
        savedAt.value = (await send(first)).time;
        waiting.value = waiting.value.slice(1);
      }
    } catch (thrown) {
      const error = errorData(thrown);
      const mask = waiting.value[0]!.mask;
      if (error.code === 'project-changed') {
        waiting.value = waiting.value.filter((each) => each.mask !== mask);
        outdated(mask);
      }
      problem.value = error;
    } finally {
      busy = false;
    }
  }
  function add(mask: string, seen: number, operation: MaskOperation): void {
    waiting.value = [...waiting.value, { mask, seen, operation }];
    // One that failed waits for the person, and all others behind it.
    if (!problem.value) void work();
  }
  return { waiting, savedAt, problem, add, retry: () => void work() };
}
