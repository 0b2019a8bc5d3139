import type * as Fs from 'node:fs';
import { Worker, type MessagePort } from 'node:worker_threads';

/** Files that are asked for at once: enough that the answer's way does not count, few enough that windows come to their turn between. */
const BATCH = 64;
/** Batches on their way. */
const AHEAD = 3;
/** Larger files are read where they are decoded, which takes longer anyhow. [bytes] */
const MOST_BYTES = 64 * 1024;

interface Request {
  readonly paths: readonly string[];
  readonly most: number;
}
/** All files of a request end to end, and the size of each; −1 where it was not read. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly sizes: Int32Array;
}

/**
 * What the reading thread does. Opening, asking for the size, reading and closing take a tenth of the processor time of the same by
 * promises, and a slow disk keeps nobody else waiting. What cannot be read is left to whoever says why.
 * It becomes a worker by its own source text, so it may not refer to anything outside itself.
 */
function readWorker(fs: typeof Fs, port: MessagePort): void {
  port.on('message', ({ paths, most }: Request) => {
    let bytes = new Uint8Array(paths.length * 4096);
    const sizes = new Int32Array(paths.length).fill(-1);
    let end = 0;
    paths.forEach((path, i) => {
      let file: number;
      try {
        file = fs.openSync(path, 'r');
      } catch {
        return;
      }
      try {
        const stat = fs.fstatSync(file);
        if (!stat.isFile() || stat.size > most) return;
        if (end + stat.size > bytes.length) {
          const larger = new Uint8Array(2 * (end + stat.size));
          larger.set(bytes.subarray(0, end));
          bytes = larger;
        }
        let got = 0;
        for (let n = 1; n > 0 && got < stat.size; got += n)
          n = fs.readSync(file, bytes, end + got, stat.size - got, got);
        if (got !== stat.size) return;
        sizes[i] = got;
        end += got;
      } catch {
        return;
      } finally {
        fs.closeSync(file);
      }
    });
    port.postMessage({ bytes, sizes }, [bytes.buffer, sizes.buffer]);
  });
}

/** The contents of small files, read some batches ahead by a thread of its own. */
export class ReadAhead {
  private readonly worker: Worker;
  private readonly waiting: { done(answer: Answer): void; failed(error: unknown): void }[] = [];
  private readonly batches = new Map<number, Promise<Answer>>();
  private failure: unknown = null;

  constructor(private readonly paths: readonly string[]) {
    // From source text: a file of its own would have to be found again in every bundle and shell.
    const source = `(${readWorker.toString()})(require('node:fs'), require('node:worker_threads').parentPort);`;
    this.worker = new Worker(source, { eval: true });
    this.worker.on('message', (answer: Answer) => this.waiting.shift()?.done(answer));
    this.worker.on('error', (error) => {
      this.failure = error;
      for (const { failed } of this.waiting.splice(0)) failed(error);
    });
  }

  /** Bytes of a file, to be asked for in order; null where whoever decodes it has to read it. */
  async read(index: number): Promise<Buffer | null> {
    const batch = Math.floor(index / BATCH);
    for (let ahead = batch; ahead < batch + AHEAD && ahead * BATCH < this.paths.length; ahead++) this.ask(ahead);
    this.batches.delete(batch - 1);
    const { bytes, sizes } = await this.batches.get(batch)!;
    const at = index % BATCH;
    if (sizes[at]! < 0) return null;
    let from = 0;
    for (let i = 0; i < at; i++) from += Math.max(0, sizes[i]!);
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, sizes[at]);
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(batch: number): void {
    if (this.batches.has(batch)) return;
    const answer = new Promise<Answer>((done, failed) => {
      if (this.failure !== null) failed(this.failure);
      else this.waiting.push({ done, failed });
    });
    // Awaited when its turn comes.
    answer.catch(() => undefined);
    this.batches.set(batch, answer);
    const paths = this.paths.slice(batch * BATCH, (batch + 1) * BATCH);
    this.worker.postMessage({ paths, most: MOST_BYTES } satisfies Request);
  }
}
