import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileError } from '@main/formats';

/** SHA-256 of a file, hex. @param onBytes how many were read @throws UserError where it cannot be read; what `onBytes` throws */
export async function hashFile(file: string, onBytes?: (done: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  const stream = createReadStream(file, { highWaterMark: 1 << 20 });
  try {
    for await (const chunk of stream) {
      hash.update(chunk as Buffer);
      done += (chunk as Buffer).length;
      onBytes?.(done);
    }
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? fileError(error, file) : error;
  }
  return hash.digest('hex');
}
