import { UserError, userErrorData } from '@shared/errors';
import { decodeFrames, pixelPath } from '@shared/pixels';
import type { Frame } from '@shared/pixels';
import { services } from '@renderer/stores/services';

/** Thumbnails a request, and requests at a time: enough to fill a screen in one round trip, few enough to turn quickly. */
const BATCH = 120;
const PARALLEL = 3;
const LIMIT_BYTES = 64 * 2 ** 20;

type Listener = (frame: Frame) => void;

/**
 * Thumbnails by key: asked for in batches, what was asked last comes first (the person has scrolled on), kept up to a limit of
 * bytes, the longest unused forgotten first.
 */
export class ThumbLoader {
  readonly #frames = new Map<number, Frame>();
  readonly #listeners = new Map<number, Set<Listener>>();
  readonly #loading = new Set<number>();
  #queue: number[] = [];
  #bytes = 0;
  #running = 0;
  #planned = false;
  #epoch = 0;

  constructor(
    private readonly fetchFrames: (keys: readonly number[]) => Promise<Frame[]>,
    private readonly limitBytes = LIMIT_BYTES,
  ) {}

  /** The frame, if it is here; it counts as used. */
  get(key: number): Frame | undefined {
    const frame = this.#frames.get(key);
    if (frame) {
      this.#frames.delete(key);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  has(key: number): boolean {
    return this.#frames.has(key);
  }

  /** Told when the frame arrives. @returns ends it */
  listen(key: number, listener: Listener): () => void {
    const set = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, set);
    set.add(listener);
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.#listeners.get(key) === set) this.#listeners.delete(key);
    };
  }

  /**
   * Asks for frames. `now`: they are on screen, and go before everything that was asked before; what was asked ahead of the
   * screen waits behind.
   */
  want(keys: readonly number[], now = true): void {
    const missing = keys.filter((key) => !this.#frames.has(key) && !this.#loading.has(key));
    if (missing.length === 0) return;
    const fresh = new Set(missing);
    const others = this.#queue.filter((key) => !fresh.has(key));
    // Beyond some screens nobody waits for the oldest wishes any more.
    this.#queue = (now ? [...missing, ...others] : [...others, ...missing]).slice(0, 20 * BATCH);
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#pump();
    });
  }

  /** Drops wishes that are no longer near the screen. */
  forgetWishes(): void {
    this.#queue = [];
  }

  /** These hold other pixels now: those on screen are fetched anew. */
  forget(keys: readonly number[]): void {
    for (const key of keys) {
      this.#bytes -= this.#frames.get(key)?.data.byteLength ?? 0;
      this.#frames.delete(key);
    }
    this.want(keys.filter((key) => this.#listeners.has(key)));
  }

  clear(): void {
    this.#epoch += 1;
    this.#queue = [];
    this.#frames.clear();
    this.#loading.clear();
    this.#bytes = 0;
  }

  #pump(): void {
    while (this.#running < PARALLEL && this.#queue.length > 0) {
      const keys = this.#queue.splice(0, BATCH);
      for (const key of keys) this.#loading.add(key);
      this.#running += 1;
      void this.#load(keys, this.#epoch);
    }
  }

  async #load(keys: readonly number[], epoch: number): Promise<void> {
    try {
      const frames = await this.fetchFrames(keys);
      if (epoch === this.#epoch) for (const frame of frames) this.#keep(frame);
    } catch (error) {
      console.warn('thumbnails did not arrive', error);
    } finally {
      this.#running -= 1;
      if (epoch === this.#epoch) for (const key of keys) this.#loading.delete(key);
      this.#pump();
    }
  }

  #keep(frame: Frame): void {
    if (this.#frames.has(frame.key)) return;
    // A view would hold the whole answer of its batch in memory.
    const own = { ...frame, data: frame.data.slice() };
    this.#frames.set(frame.key, own);
    this.#bytes += own.data.byteLength;
    for (const [key, old] of this.#frames) {
      if (this.#bytes <= this.limitBytes) break;
      this.#frames.delete(key);
      this.#bytes -= old.data.byteLength;
    }
    for (const listener of this.#listeners.get(frame.key) ?? []) listener(own);
  }
}

/** @throws UserError where the services refuse, Error where the bytes are damaged */
export async function fetchFrames(path: string): Promise<Frame[]> {
  const answer = await fetch(services().pixelsUrl(path));
  if (!answer.ok) throw await refusal(answer);
  return decodeFrames(await answer.arrayBuffer());
}

/**
 * Fetches one frame into memory that the caller uses again. The answers of a large volume, kept until a collector comes by, would take its room
 * twice.
 * @param room at least as large as the whole answer. It is given away: what comes back as the data's buffer is used the next time
 * @throws UserError where the services refuse, Error where the bytes are damaged
 */
export async function fetchFrameInto(path: string, room: ArrayBuffer, signal: AbortSignal): Promise<Frame> {
  const answer = await fetch(services().pixelsUrl(path), { signal });
  if (!answer.ok) throw await refusal(answer);
  if (!answer.body) throw new Error('pixels arrived damaged');
  const { buffer, length } = await filled(answer.body, room);
  const [frame] = decodeFrames(buffer, length);
  if (!frame) throw new Error('pixels arrived damaged');
  return frame;
}

/** Reads a stream to its end into a buffer. @throws Error where it holds more */
async function filled(
  body: ReadableStream<Uint8Array>,
  room: ArrayBuffer,
): Promise<{ buffer: ArrayBuffer; length: number }> {
  const reader = ownBuffers(body);
  if (!reader) return copied(body, room);
  let [buffer, length] = [room, 0];
  for (;;) {
    // The last read finds nothing more, and has a byte's room to say so.
    const part = await reader.read(new Uint8Array(buffer, length));
    if (!part.value) throw new Error('pixels arrived damaged');
    buffer = part.value.buffer as ArrayBuffer;
    length += part.value.length;
    if (part.done) return { buffer, length };
    if (length === buffer.byteLength) throw new Error('more pixels arrived than were asked for');
  }
}

/** A reader that fills what it is given; null where the browser has none for answers. */
function ownBuffers(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

async function copied(
  body: ReadableStream<Uint8Array>,
  buffer: ArrayBuffer,
): Promise<{ buffer: ArrayBuffer; length: number }> {
  const into = new Uint8Array(buffer);
  const reader = body.getReader();
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > into.length) {
      await reader.cancel();
      throw new Error('more pixels arrived than were asked for');
    }
    into.set(part.value, length);
    length += part.value.length;
  }
  return { buffer, length };
}

async function refusal(answer: Response): Promise<Error> {
  const text = await answer.text();
  try {
    return UserError.fromData(userErrorData.parse(JSON.parse(text)));
  } catch {
    return new Error(`pixels: ${answer.status} ${text}`);
  }
}

/** The thumbnails of the open project. */
export const thumbs = new ThumbLoader((keys) => fetchFrames(pixelPath.thumbs(keys)));

/** Whole samples, the last few of them: the one on screen and its neighbours. */
export class SampleLoader {
  readonly #frames = new Map<number, Promise<Frame>>();

  constructor(
    private readonly load: (key: number) => Promise<Frame[]>,
    private readonly kept = 8,
  ) {}

  get(key: number): Promise<Frame> {
    const known = this.#frames.get(key);
    const frame = known ?? this.load(key).then(([first]) => first ?? Promise.reject(new Error('no pixels')));
    this.#frames.delete(key);
    this.#frames.set(key, frame);
    frame.catch(() => this.#frames.delete(key));
    for (const old of this.#frames.keys()) {
      if (this.#frames.size <= this.kept) break;
      this.#frames.delete(old);
    }
    return frame;
  }

  /** These hold other pixels now. */
  forget(keys: readonly number[]): void {
    for (const key of keys) this.#frames.delete(key);
  }

  clear(): void {
    this.#frames.clear();
  }
}

/** The thumbnail alone, where the original is not there. */
export const thumbOf = async (key: number): Promise<Frame | null> =>
  (await fetchFrames(pixelPath.thumbs([key])))[0] ?? null;

export const wholeSamples = new SampleLoader((key) => fetchFrames(pixelPath.sample(key)));
