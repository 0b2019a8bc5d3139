import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const DAY = 24 * 3_600_000;
/** `<host>-<process>-<random>`: who works on it, so that others can tell whether it still lives. */
const OWNED = /^([0-9a-f]{8})-([0-9a-z]+)-[0-9a-f]+$/;
const thisHost = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A name for files of this process that are gone when their work ends. */
export const ownedName = (): string => `${thisHost}-${process.pid.toString(36)}-${randomBytes(6).toString('hex')}`;

/**
 * Removes what a killed process left: entries of `folder` named `…<marker><ownedName>` whose process is gone. Of another machine's
 * processes (on a shared disk) nothing is known: theirs are removed when nobody touched them for a day.
 */
export async function removeAbandoned(folder: string, marker: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const at = name.lastIndexOf(marker);
    const owner = at < 0 ? null : OWNED.exec(name.slice(at + marker.length));
    if (!owner) continue;
    const path = join(folder, name);
    const gone = owner[1] === thisHost ? !isAlive(parseInt(owner[2]!, 36)) : await untouchedFor(path, DAY);
    // What cannot be removed now is tried again next time.
    if (gone) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function untouchedFor(path: string, time: number): Promise<boolean> {
  const touched = await stat(path).then(
    (s) => s.mtimeMs,
    () => Infinity,
  );
  return Date.now() - touched > time;
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
