import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';

const CHUNK = 2 ** 20;
/** So long the stream of a file with further volumes is kept for the next one. [ms] */
const KEPT_MS = 5000;

/** A compressed file on its way, from some place of its inflated bytes on. */
export interface InflatedStream {
  /** Inflated bytes that are behind it. */
  readonly at: number;
  /** All bytes from there to the file's end. Who stops at `end` or after it leaves the rest to a reader of what follows. */
  until(end: number): AsyncIterable<Uint8Array>;
}

interface Parked {
  readonly key: string;
  readonly at: number;
  /** What was inflated beyond it. */
  readonly rest: Uint8Array;
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly timer: NodeJS.Timeout;
}

/** The one stream that waits: volumes of a file are mostly read one after the other, and must not each begin at its front. */
let parked: Parked | null = null;

/** @param skip inflated bytes that are not wanted @param start where the compressed bytes begin */
export async function inflatedFrom(
  file: string,
  format: 'gzip' | 'zlib',
  start: number,
  skip: number,
): Promise<InflatedStream> {
  const { size, mtimeMs, ino } = await stat(file);
  const key = [file, size, mtimeMs, ino, format, start].join('\0');
  const known = parked?.key === key && parked.at <= skip ? take() : null;
  const chunks = known?.chunks ?? opened(file, format, start);
  const begin = known?.at ?? 0;
  return {
    at: begin,
    async *until(end) {
      let at = begin;
      let last = known?.rest;
      let stopped = true;
      try {
        for (;;) {
          if (last && last.length > 0) {
            at += last.length;
            yield last;
          }
          const next = await chunks.next();
          if (next.done) break;
          last = next.value;
        }
        stopped = false;
      } finally {
        if (stopped && last && at >= end) park(key, end, last.subarray(last.length - (at - end)), chunks);
        else await chunks.return?.();
      }
    },
  };
}

/** Whoever stops listening ends file and inflater; errors of either come out of the iteration. */
function opened(file: string, format: 'gzip' | 'zlib', start: number): AsyncIterator<Uint8Array> {
  const inflate = format === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createInflate({ chunkSize: CHUNK });
  const read = createReadStream(file, { start, highWaterMark: CHUNK });
  return pipeline(read, inflate, () => undefined)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
}

function take(): Parked | null {
  const own = parked;
  parked = null;
  if (own) clearTimeout(own.timer);
  return own;
}

function park(key: string, at: number, rest: Uint8Array, chunks: AsyncIterator<Uint8Array>): void {
  void take()?.chunks.return?.();
  const timer = setTimeout(() => void take()?.chunks.return?.(), KEPT_MS).unref();
  parked = { key, at, rest, chunks, timer };
}
