import { errorData } from '@shared/errors';
import { Pause } from '@main/training/pause';
import type { z } from 'zod';
import { toChild } from './messages';
import type { Calls, NameOf } from './messages';

/** Electron gives utility processes a port; Node's forks speak through `process`. */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown): void;
}

/** What comes with a question: it may be called off or held meanwhile. */
export interface Asked {
  readonly signal: AbortSignal;
  readonly pause: Pause;
  readonly onProgress: (progress: unknown) => void;
}

/** The child's end: answers its parent's questions until the parent is gone. */
export function answerParent<C extends Calls>(
  calls: C,
  answer: (method: NameOf<C>, params: z.infer<C[NameOf<C>]>, asked: Asked) => Promise<unknown>,
): void {
  const port = (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort;
  const send = (message: unknown): void => {
    if (port) port.postMessage(message);
    else process.send?.(message);
  };
  const atWork = new Map<number, { stopping: AbortController; pause: Pause }>();

  async function take(id: number, method: string, params: unknown): Promise<void> {
    const stopping = new AbortController();
    const pause = new Pause();
    atWork.set(id, { stopping, pause });
    try {
      if (!Object.hasOwn(calls, method)) throw new Error(`no method ${method}`);
      const known = method as NameOf<C>;
      const checked = calls[known]!.parse(params) as z.infer<C[NameOf<C>]>;
      const onProgress = (progress: unknown): void => send({ id, progress });
      send({ id, result: await answer(known, checked, { signal: stopping.signal, pause, onProgress }) });
    } catch (error) {
      const data = errorData(error);
      if (data.code === 'internal') console.error(error);
      send({ id, error: data });
    } finally {
      atWork.delete(id);
    }
  }

  function receive(message: unknown): void {
    const said = toChild.parse(message);
    if ('abort' in said) atWork.get(said.abort)?.stopping.abort();
    else if ('pause' in said) atWork.get(said.pause)?.pause.set(said.held);
    else void take(said.id, said.method, said.params);
  }

  if (port) port.on('message', (event) => receive(event.data));
  else {
    process.on('message', receive);
    // The parent is gone: nobody hears what is computed, but a run's folder keeps its last epoch.
    process.on('disconnect', () => process.exit(0));
  }
}
