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
  /**
   * Seconds that it may be silent while it is at work; beyond that it hangs, and is ended. Its end must send progress meanwhile.
   * Seconds in which this process stood still itself are not counted.
   */
  readonly patience?: number;
}
/** How often a child that is at work says so. */
export const BEAT_MS = 1000;
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
  #silent = 0;
  #watch: ReturnType<typeof setInterval> | null = null;
  #hung = false;
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
      this.#attend();
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

  /** Ends the process if nothing is asked of it, which gives its memory back; the next question starts another. */
  rest(): void {
    if (this.#waiting.size > 0) return;
    const handle = this.#handle;
    this.#handle = null;
    handle?.kill();
  }

  /** Counts the seconds in which a child at work says nothing. */
  #attend(): void {
    const { patience } = this.kind;
    if (patience === undefined || this.#watch) return;
    this.#silent = 0;
    this.#watch = setInterval(() => {
      if (this.#waiting.size === 0) return this.#leave();
      if (++this.#silent * BEAT_MS < patience * 1000) return;
      this.#leave();
      this.#hung = true;
      this.#handle?.kill();
    }, BEAT_MS);
    this.#watch.unref();
  }
  #leave(): void {
    if (this.#watch) clearInterval(this.#watch);
    this.#watch = null;
  }

  #start(): ChildHandle {
    const handle = this.spawner.spawn({});
    this.#hung = false;
    handle.onMessage((message) => this.#receive(toParent.parse(message)));
    const exited = new Promise<void>((exited) => {
      handle.onExit((code, signal) => {
        exited();
        if (this.#handle !== handle) return; // it was sent to rest
        this.#handle = null;
        const error = this.#closing
          ? new UserError('cancelled', `the ${this.kind.name} was closed`)
          : this.#hung
            ? new UserError(
                'run-failed',
                `the ${this.kind.name} did not answer for ${this.kind.patience} s and was ended`,
              )
            : deathOf(this.kind, code, signal);
        this.#leave();
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
      });
    });
    this.#exited = Promise.all([this.#exited, exited]).then(() => undefined);
    return handle;
  }

  #receive(message: ToParent): void {
    this.#silent = 0;
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
