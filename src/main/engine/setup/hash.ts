import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UserError } from '@shared/errors';
import { fileError } from '@main/formats';
import type { SetupTools } from './types';

/** SHA-256 of a file as hexadecimal digits. @throws UserError */
export async function sha256Of(path: string, { onProgress, signal }: SetupTools): Promise<string> {
  try {
    const { size } = await stat(path);
    const hash = createHash('sha256');
    let done = 0;
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      onProgress('verify', (done += chunk.length), size);
    }
    return hash.digest('hex');
  } catch (error) {
    if (signal?.aborted) throw new UserError('cancelled', 'the installation was called off', { cause: error });
    throw fileError(error, path);
  }
}
