import { hostname } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { fileError } from '@main/formats';
import { DATABASE } from '../names';
import { snapshotDatabase } from '../db/snapshot';

/** Dated copies that are kept, one a day. */
const KEPT = 30;
const MARKER = 'residua-local.json';
const marker = z.object({ project: z.string(), host: z.string(), since: z.string() });

const dated = (now: Date): string => {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `project-${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}.db`;
};
const isDated = (name: string): boolean => /^project-\d{4}-\d\d-\d\d\.db$/.test(name);

/** Time of the newest dated copy below a folder; null where there is none. */
export async function lastDated(to: string): Promise<string | null> {
  const folder = join(to, 'backups');
  const newest = (await readdir(folder).catch(() => [])).filter(isDated).sort().at(-1);
  if (newest === undefined) return null;
  return (await stat(join(folder, newest))).mtime.toISOString();
}

/**
 * Writes the day's copy of a project's database into another folder, e.g. on a network: made on the local disk first, so that
 * what appears there is whole. The copy of the same day is replaced; thirty days are kept.
 * @throws UserError naming the folder
 */
export async function mirror(project: string, to: string, now = new Date()): Promise<string> {
  const made = join(project, 'backups', `mirror-${process.pid}-${now.getTime()}.part`);
  const folder = join(to, 'backups');
  const target = join(folder, dated(now));
  try {
    await mkdir(join(project, 'backups'), { recursive: true });
    await snapshotDatabase(join(project, DATABASE), made);
    await mkdir(folder, { recursive: true });
    await copyFile(made, `${target}.part`);
    const handle = await open(`${target}.part`, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(`${target}.part`, target);
    for (const name of (await readdir(folder)).filter(isDated).sort().slice(0, -KEPT))
      await rm(join(folder, name), { force: true });
    return target;
  } catch (error) {
    await rm(`${target}.part`, { force: true }).catch(() => undefined);
    throw fileError(error, folder);
  } finally {
    await rm(made, { force: true });
  }
}

/** Notes in a folder of backups where the project itself lies, so that whoever opens the folder gets there. */
export async function noteLocal(to: string, project: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const note = { project: resolve(project), host: hostname(), since: new Date().toISOString() };
  await writeFile(join(to, MARKER), `${JSON.stringify(note, null, 2)}\n`);
}

/** The project on this workstation whose backups lie in a folder; the folder itself where it is none of these. */
export function followLocal(dir: string): string {
  try {
    const note = marker.parse(JSON.parse(readFileSync(join(dir, MARKER), 'utf8')));
    if (note.host === hostname() && existsSync(join(note.project, DATABASE))) return note.project;
  } catch {
    // No folder of backups.
  }
  return resolve(dir);
}

/** A free name for a local project that stands for one elsewhere. */
export function localDir(projectsDir: string, remote: string): string {
  const name = basename(resolve(remote)).replace(/\.residua$/i, '') || 'project';
  for (let n = 1; ; n++) {
    const dir = join(projectsDir, `${name}${n === 1 ? '' : ` ${n}`}.residua`);
    if (!existsSync(dir)) return dir;
  }
}
