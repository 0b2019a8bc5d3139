import type { Client } from '@shared/contract';
import type { Context } from './context';

/** Waits for something long, shows how far it is, and calls it off with Ctrl+C. */
export async function runTask<T>(client: Client, id: string, context: Context, work: () => Promise<T>): Promise<T> {
  const listening = new AbortController();
  const cancel = (): void => void client.storage.cancel({ id });
  context.signal.addEventListener('abort', cancel);
  void show(client, id, context, listening.signal);
  try {
    return await work();
  } finally {
    listening.abort();
    context.signal.removeEventListener('abort', cancel);
  }
}

async function show(client: Client, id: string, { output }: Context, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await client.events({}, { signal })) {
      if (event.type !== 'task' || event.progress.id !== id) continue;
      const { stage, done, total } = event.progress;
      output.progress(`${stage} ${total > 0 ? `${Math.floor((100 * done) / total)} %` : ''}`);
    }
  } catch (error) {
    // The stream ends with the command; anything else is worth a word, but no reason to stop.
    if (!signal.aborted) output.note(`progress is not shown: ${String(error)}`);
  }
}
