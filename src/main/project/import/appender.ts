import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { fileError } from '@main/formats';

const FLUSH_BYTES = 1024 * 1024;

/** Writes a file from front to back; `offset` is where the next bytes go. */
export class Appender {
  offset = 0;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  static async create(path: string): Promise<Appender> {
    try {
      return new Appender(path, await open(path, 'wx'));
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** Keeps `bytes` until they are written: the caller may not change them any more. @returns where they begin */
  async append(bytes: Uint8Array): Promise<number> {
    const at = this.offset;
    this.offset += bytes.byteLength;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.byteLength;
    if (this.waitingBytes >= FLUSH_BYTES) await this.flush();
    return at;
  }

  private async flush(): Promise<void> {
    const parts = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    try {
      const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      for (let at = 0; at < all.byteLength;) at += (await this.handle.write(all, at)).bytesWritten;
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  /** @param durable waits until the disk has it */
  async close(durable = false): Promise<void> {
    try {
      await this.flush();
      if (durable) await this.handle.sync();
    } finally {
      await this.handle.close();
    }
  }
}

/** The bytes of typed data, without a copy. */
export const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
