import { open } from 'node:fs/promises';
import { fileProblem, sizeOf } from './files';
import { inflatedFrom } from './inflate';
import { checkDeflated, truncated } from './limits';
import { VolumeProblem } from './problem';

/** The bytes of one volume's voxels, wherever they stand. */
export interface VoxelSource {
  /** @returns bytes to be read only */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** What only the end tells, such as a checksum. @returns bytes that follow the voxels */
  finish(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Voxels as they stand in a file.
 * @param more what follows belongs to further volumes
 * @throws VolumeProblem `truncated` where it is too short
 */
export async function rawSource(file: string, start: number, bytes: number, more = false): Promise<VoxelSource> {
  const size = await sizeOf(file);
  if (size < start + bytes) throw truncated(file, Math.max(0, size - start), bytes);
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw fileProblem(file, error);
  });
  return {
    async read(offset, length) {
      const out = new Uint8Array(length);
      for (let got = 0; got < length;) {
        const { bytesRead } = await handle
          .read(out, got, length - got, start + offset + got)
          .catch((error: unknown) => {
            throw fileProblem(file, error);
          });
        if (bytesRead === 0) throw truncated(file, offset + got, bytes);
        got += bytesRead;
      }
      return out;
    },
    finish: () => Promise.resolve(more ? 0 : size - start - bytes),
    close: () => handle.close(),
  };
}

/** More than this behind the voxels of a stream is not read on. */
const MOST_TRAILING = 64 * 2 ** 20;

/** Bytes that come only from front to back. */
export interface Forward {
  /** Bytes before the voxels. */
  readonly skip: number;
  /** Further volumes follow: whether the stream is whole is not looked at. */
  readonly more: boolean;
  chunks(): AsyncIterable<Uint8Array>;
  /** @param have bytes of voxels that came before it */
  problemOf(error: unknown, have: number): VolumeProblem;
}

/** Voxels out of a stream. It runs once, into memory of their size; who asks for a part waits for it. */
export const forwardSource = (file: string, bytes: number, o: Forward): VoxelSource =>
  new ForwardSource(file, bytes, o);

class ForwardSource implements VoxelSource {
  readonly #out: Uint8Array;
  /** Bytes that came so far, `skip` included. */
  #at = 0;
  #running = false;
  #ended = false;
  #problem: VolumeProblem | undefined;
  #waiting: { until: number; resolve: () => void; reject: (error: VolumeProblem) => void }[] = [];

  constructor(
    private readonly file: string,
    private readonly bytes: number,
    private readonly o: Forward,
  ) {
    this.#out = new Uint8Array(bytes);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    await this.#until(this.o.skip + offset + length);
    return this.#out.subarray(offset, offset + length);
  }

  async finish(): Promise<number> {
    await this.#until(Infinity);
    return this.o.more ? 0 : this.#at - this.o.skip - this.bytes;
  }

  close(): Promise<void> {
    this.#ended = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new VolumeProblem(this.file, 'cancelled'));
    return Promise.resolve();
  }

  #until(until: number): Promise<void> {
    if (this.#problem) return Promise.reject(this.#problem);
    if (this.#ended || this.#at >= until) return Promise.resolve();
    if (!this.#running) void this.#run();
    return new Promise((resolve, reject) => this.#waiting.push({ until, resolve, reject }));
  }

  async #run(): Promise<void> {
    this.#running = true;
    const all = this.o.skip + this.bytes;
    try {
      for await (const chunk of this.o.chunks()) {
        if (this.#ended) return;
        this.#take(chunk);
        if (this.o.more && this.#at >= all) break;
        if (this.#at > all + MOST_TRAILING) {
          const detail = `more than ${MOST_TRAILING} bytes follow the voxels`;
          throw new VolumeProblem(this.file, 'header-impossible', { detail });
        }
      }
      if (this.#at < all) throw truncated(this.file, this.#have(), this.bytes);
      this.#ended = true;
      for (const { resolve } of this.#waiting.splice(0)) resolve();
    } catch (error) {
      this.#problem = error instanceof VolumeProblem ? error : this.o.problemOf(error, this.#have());
      for (const { reject } of this.#waiting.splice(0)) reject(this.#problem);
    }
  }

  #have(): number {
    return Math.max(0, Math.min(this.bytes, this.#at - this.o.skip));
  }

  #take(chunk: Uint8Array): void {
    const from = this.#at - this.o.skip; // where the chunk begins, among the voxels
    const first = Math.max(0, -from);
    const last = Math.min(chunk.length, this.bytes - from);
    if (last > first) this.#out.set(chunk.subarray(first, last), from + first);
    this.#at += chunk.length;
    const ready = this.#waiting.filter(({ until }) => this.#at >= until);
    this.#waiting = this.#waiting.filter(({ until }) => this.#at < until);
    for (const { resolve } of ready) resolve();
  }
}

export interface Deflated extends Pick<Forward, 'skip' | 'more'> {
  readonly format: 'gzip' | 'zlib';
  /** Where the compressed bytes begin in the file. */
  readonly start: number;
}

/** Compressed voxels. @throws VolumeProblem before allocation where so few bytes cannot hold them */
export async function inflatedSource(file: string, bytes: number, o: Deflated): Promise<VoxelSource> {
  checkDeflated(file, (await sizeOf(file)) - o.start, o.skip + bytes);
  const stream = await inflatedFrom(file, o.format, o.start, o.skip);
  return forwardSource(file, bytes, {
    skip: o.skip - stream.at,
    more: o.more,
    chunks: () => stream.until(o.skip + bytes),
    problemOf(error, have) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'Z_BUF_ERROR' && have < bytes) return truncated(file, have, bytes, error);
      if (!code.startsWith('Z_')) return fileProblem(file, error);
      const detail = error instanceof Error ? error.message : code;
      return new VolumeProblem(file, 'compressed-damaged', { detail }, { cause: error });
    },
  });
}

/** Bytes that are in memory already, such as numbers read from a text. */
export function memorySource(bytes: Uint8Array): VoxelSource {
  return {
    read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
    finish: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  };
}

/** Voxels spread over several files, one after the other. */
export function joinedSource(parts: readonly { readonly source: VoxelSource; readonly bytes: number }[]): VoxelSource {
  return {
    async read(offset, length) {
      const out = new Uint8Array(length);
      let begin = 0;
      for (const { source, bytes } of parts) {
        const from = Math.max(offset, begin);
        const to = Math.min(offset + length, begin + bytes);
        if (to > from) out.set(await source.read(from - begin, to - from), from - offset);
        begin += bytes;
      }
      return out;
    },
    async finish() {
      let trailing = 0;
      for (const { source } of parts) trailing += await source.finish();
      return trailing;
    },
    async close() {
      for (const { source } of parts) await source.close();
    },
  };
}
