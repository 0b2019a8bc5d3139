import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file that is whole or as it was before, whenever the process may be killed. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const part = `${file}.part-${process.pid}`;
  try {
    await writeFile(part, content);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
