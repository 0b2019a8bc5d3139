import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { openCheckpoint } from '@main/formats';
import { UserError } from '@shared/errors';

const known = new Map<string, Promise<string>>();

/** SHA-256 of a file, hex; remembered while size and time stay. @throws UserError `file-missing` */
export async function hashOfFile(path: string): Promise<string> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new UserError('file-missing', 'it cannot be read', { file: path, cause });
  });
  const key = `${path} ${info.size} ${info.mtimeMs}`;
  let hash = known.get(key);
  if (!hash) {
    hash = (async () => {
      const digest = createHash('sha256');
      for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer);
      return digest.digest('hex');
    })();
    known.set(key, hash);
  }
  return hash;
}

/** The same of a checkpoint's files together, where they lie in a folder or in shards. */
export async function hashOfWeights(path: string): Promise<string> {
  const { files } = await openCheckpoint(path);
  if (files.length === 1) return hashOfFile(files[0]!);
  const hashes = await Promise.all(files.map(hashOfFile));
  return createHash('sha256').update(hashes.join()).digest('hex');
}
