import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const HOUR = 3_600_000;

/**
 * Removes what killed imports left: folders `<prefix><pid>-…` whose process is gone and that nobody touched for an hour (on a shared disk
 * the process may run on another machine).
 */
export async function removeAbandoned(folder: string, prefix: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const pid = parseInt(name.slice(prefix.length).split('-')[0]!, 36);
    const path = join(folder, name);
    const touched = await stat(path).then(
      (s) => s.mtimeMs,
      () => Infinity,
    );
    if (Number.isInteger(pid) && !isAlive(pid) && Date.now() - touched > HOUR)
      await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but not ours.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
