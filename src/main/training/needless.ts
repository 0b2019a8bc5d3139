import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readStatus } from './runFiles';

/**
 * Checkpoints of finished runs that nothing reads any more: folds keep their predictions, and what a run goes on from is of no use at
 * its end. The best and last weights at a run's root stay.
 */
async function needless(runsDir: string): Promise<{ file: string; bytes: number }[]> {
  const found: { file: string; bytes: number }[] = [];
  const runs = await readdir(runsDir, { withFileTypes: true }).catch(() => []);
  for (const run of runs) {
    const folder = join(runsDir, run.name);
    if (!run.isDirectory() || !isDone(folder)) continue;
    for (const name of await readdir(folder, { recursive: true })) {
      const parts = name.split(/[\\/]/);
      const file = parts.at(-1)!;
      if (file !== 'resume.safetensors' && !(file === 'last.safetensors' && parts[0] === 'folds')) continue;
      found.push({ file: join(folder, name), bytes: (await stat(join(folder, name))).size });
    }
  }
  return found;
}

function isDone(folder: string): boolean {
  try {
    return readStatus(folder).state === 'done';
  } catch {
    // No run, or one whose state cannot be read: what it holds is left alone.
    return false;
  }
}

export const needlessCheckpoints = async (runsDir: string): Promise<number> =>
  (await needless(runsDir)).reduce((sum, { bytes }) => sum + bytes, 0);

/** @returns bytes that became free */
export async function dropCheckpoints(runsDir: string): Promise<number> {
  const files = await needless(runsDir);
  for (const { file } of files) await rm(file, { force: true });
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
