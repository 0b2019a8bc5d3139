import { UserError } from '@shared/errors';
import type { z } from 'zod';
import type { Hold } from './hold';
import { toParent } from './messages';
import type { Calls, NameOf, ToParent } from './messages';
import type { METHODS } from './protocol';
import type { ChildHandle, Spawner } from './spawner';

/** Ends of a process that only the system's memory guard gives when nobody asked: SIGKILL, and V8's abort. */
const KILLED = new Set([9, 137]);
const ABORTED = new Set([6, 134]);

/** What a kind of child is called, and what helps where memory ran out. */
interface Kind {
  readonly name: string;
  readonly advice: string;
}
const COMPUTE: Kind = { name: 'compute process', advice: 'try a smaller batch' };

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: UserError) => void;
  readonly onProgress: ((progress: unknown) => void) | undefined;
}

/** The parent's end of one child process: questions with answers and progress. A dead child is started anew by the next question. */
export class Child<C extends Calls = typeof METHODS> {
  #handle: ChildHandle | null = null;
  #closing = false;
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();
  #exited: Promise<void> = Promise.resolve();

  /** @param kind how a death of it is said */
  constructor(
    private readonly spawner: Spawner,
    private readonly kind: Kind = COMPUTE,
  ) {}

  /**
   * @throws UserError what the child could not do; `out-of-memory` or `run-failed` where it died over it
   * @param o.signal asks the child to end early; how it ends is the method's own affair
   * @param o.hold asks it to stand still between two steps, and to go on
   */
  ask<M extends NameOf<C>>(
    method: M,
    params: z.infer<C[M]>,
    o: { onProgress?: (progress: unknown) => void; signal?: AbortSignal; hold?: Hold } = {},
  ): Promise<unknown> {
    if (this.#closing) return Promise.reject(new UserError('cancelled', `the ${this.kind.name} is closing`));
    const handle = (this.#handle ??= this.#start());
    const id = this.#next++;
    const abort = (): void => handle.send({ abort: id });
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress: o.onProgress });
      handle.send({ id, method, params });
      if (o.signal?.aborted) abort();
      else o.signal?.addEventListener('abort', abort, { once: true });
    });
    const unlisten = o.hold?.listen((held) => handle.send({ pause: id, held }));
    return answer.finally(() => {
      o.signal?.removeEventListener('abort', abort);
      unlisten?.();
    });
  }

  /** Ends the process at once; what waits is rejected as cancelled. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#handle?.kill();
    await this.#exited;
  }

  #start(): ChildHandle {
    const handle = this.spawner.spawn({});
    handle.onMessage((message) => this.#receive(toParent.parse(message)));
    this.#exited = new Promise((exited) => {
      handle.onExit((code, signal) => {
        this.#handle = null;
        const error = this.#closing
          ? new UserError('cancelled', `the ${this.kind.name} was closed`)
          : deathOf(this.kind, code, signal);
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        exited();
      });
    });
    return handle;
  }

  #receive(message: ToParent): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if ('progress' in message) return waiting.onProgress?.(message.progress);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting.reject(UserError.fromData(message.error));
    else waiting.resolve(message.result);
  }
}

/** Why a child that nobody ended is gone. */
function deathOf({ name, advice }: Kind, code: number | null, signal: string | null): UserError {
  if (signal === 'SIGKILL' || (code !== null && KILLED.has(code)))
    return new UserError('out-of-memory', `the system ended the ${name}, out of memory: ${advice}`);
  if (signal === 'SIGABRT' || (code !== null && ABORTED.has(code)))
    return new UserError('out-of-memory', `the ${name} ran out of memory: ${advice}`);
  return new UserError('run-failed', `the ${name} ended unexpectedly (${signal ?? `exit code ${code}`})`);
}
