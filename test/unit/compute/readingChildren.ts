import type { ChildHandle, Spawner } from '@main/compute';
import { ReadingWorker } from '@main/compute/volumes/worker';
import { errorData } from '@shared/errors';

interface Question {
  readonly id: number;
  readonly method: 'list' | 'inspect' | 'convert' | 'open' | 'read' | 'close';
  readonly params: unknown;
}

/** Children in this process; `fatal` methods end the child that is asked, as a crash of native code does, or hang. */
export function readingChildren(
  fatal: { method: string | null; hangs?: boolean } = { method: null },
): Spawner & { started: number } {
  const spawner = {
    started: 0,
    spawn(): ChildHandle {
      spawner.started++;
      const worker = new ReadingWorker();
      let message: (message: unknown) => void = () => undefined;
      let exit: (code: number | null, signal: string | null) => void = () => undefined;
      return {
        pid: undefined,
        onMessage: (listener) => (message = listener),
        onExit: (listener) => (exit = listener),
        kill: () => exit(null, 'SIGKILL'),
        send(sent) {
          const { id, method, params } = sent as Question;
          if (method === fatal.method && fatal.hangs) return;
          if (method === fatal.method) return queueMicrotask(() => exit(null, 'SIGSEGV'));
          void worker.call(method, structuredClone(params), new AbortController().signal).then(
            (result) => message(structuredClone({ id, result })),
            (error: unknown) => message({ id, error: errorData(error) }),
          );
        },
      };
    },
  };
  return spawner;
}
