import { Project, type Holder } from '@main/project';
import { giveProject } from '@main/project/copy';
import { localDir, mirror, noteLocal } from '@main/project/disk/mirror';
import { placeOf } from '@main/project/disk/place';
import type { TaskTools } from './tasks';

/**
 * Copies a project from a network or a cloud's folder onto this workstation, verified, and from now on keeps dated backups
 * in the folder that it came from. What lies there stays as it is.
 * @param tools call it off, and tell how far it is
 * @returns the local project
 * @throws UserError `cancelled`: nothing is left here then
 */
export async function bringHere(
  remote: string,
  projectsDir: string,
  holder: Holder['holder'],
  tools: Partial<TaskTools> = {},
): Promise<string> {
  const dir = localDir(projectsDir, remote);
  const project = await Project.open(remote, { holder });
  try {
    await giveProject(project, dir, { originals: false, cache: true, identity: true, backupsTo: remote, ...tools });
  } finally {
    await project.close();
  }
  await mirror(dir, remote);
  await noteLocal(remote, dir);
  return dir;
}

/** Where a new project goes: the folder that was asked for, or a local one with dated backups to that folder. */
export interface Home {
  readonly dir: string;
  readonly backupsTo: string | null;
}

/**
 * The default answer for a folder on a network or of a cloud is a local project with dated backups to it; where the machine
 * has no local place at all, the project lies where it was asked for.
 * @param local folder for local projects; throws where there is none
 */
export function homeOf(asked: string, local: () => string): Home {
  if (placeOf(asked).kind === 'local') return { dir: asked, backupsTo: null };
  try {
    return { dir: localDir(local(), asked), backupsTo: asked };
  } catch {
    return { dir: asked, backupsTo: null };
  }
}

/** The first dated copy of a new project, and the way from its folder to it. */
export async function beginBackups({ dir, backupsTo }: Home, holder: Holder['holder']): Promise<void> {
  if (backupsTo === null) return;
  const project = await Project.open(dir, { holder });
  try {
    project.backups.setTo(backupsTo);
  } finally {
    await project.close();
  }
  await mirror(dir, backupsTo);
  await noteLocal(backupsTo, dir);
}
