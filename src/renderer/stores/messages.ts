import { computed, ref } from 'vue';
import { defineStore } from 'pinia';
import { errorData } from '@shared/errors';
import type { UserErrorData } from '@shared/errors';

export interface Message {
  readonly id: number;
  readonly kind: 'info' | 'ok' | 'error';
  /** Words already translated; for errors `error` is explained in their place. */
  readonly text: string;
  readonly error: UserErrorData | null;
  /** One thing that the person can do about it. */
  readonly action: { readonly label: string; run(): void } | null;
}
export interface MessageOptions {
  readonly action?: Message['action'];
  /** Milliseconds on screen; 0 stays until dismissed. */
  readonly stay?: number;
}

/** What the app says in its status line: never over an image. Errors stay until dismissed. */
export const useMessages = defineStore('messages', () => {
  const all = ref<Message[]>([]);
  const latest = computed<Message | null>(() => all.value.at(-1) ?? null);
  let next = 1;

  function add(message: Omit<Message, 'id'>, stay: number): number {
    const id = next++;
    // A newer word takes the place of older ones; errors wait until they were seen.
    all.value = [...all.value.filter((m) => m.kind === 'error'), { ...message, id }].slice(-5);
    if (stay > 0) setTimeout(() => dismiss(id), stay);
    return id;
  }
  const say = (text: string, options: MessageOptions = {}): number =>
    add({ kind: 'info', text, error: null, action: options.action ?? null }, options.stay ?? 8000);

  /** Shows anything that was thrown; a cancelled step is no news. */
  function fail(error: unknown, options: MessageOptions = {}): void {
    const data = errorData(error);
    if (data.code === 'cancelled') return;
    if (data.code === 'internal') console.error(error);
    add({ kind: 'error', text: data.message, error: data, action: options.action ?? null }, options.stay ?? 0);
  }

  function dismiss(id: number): void {
    all.value = all.value.filter((m) => m.id !== id);
  }

  /** Runs a step that a person asked for; what it throws is shown. @returns undefined where it failed */
  async function attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      fail(error);
      return undefined;
    }
  }

  return { all, latest, say, fail, dismiss, attempt };
});
