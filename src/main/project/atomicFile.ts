import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';

/**
 * Writes a file as a whole or not at all: whoever reads it finds the old content or the new one, also after a power cut.
 * @param mode permissions of a new file
 */
export function writeFileAtomic(file: string, content: string | Uint8Array, mode = 0o644): void {
  const part = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    const handle = openSync(part, 'wx', mode);
    try {
      const bytes = Buffer.from(content);
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

/** Makes a rename durable. Windows knows no such thing for folders, and does not need it. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
