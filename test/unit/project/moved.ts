import { existsSync } from 'node:fs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Project } from '@main/project';
import { accept, pngOf, type importFolder } from '../import/setup';

type Folder = ReturnType<typeof importFolder>;
export const NAMES = ['a/1.png', 'a/2.png', 'a/deep/3.png', 'b/1.png', 'b/2.png', 'b/3.png'];

/** A project of six pictures of 120×90 (so that full size is more than the thumbnail) in two class folders. */
export async function pictureProject(folder: Folder, name: string): Promise<{ root: string; dir: string }> {
  const root = folder.path(name, 'scans');
  for (const [i, file] of NAMES.entries()) {
    const path = folder.path(name, 'scans', file);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await pngOf(i + name.length * 100, 120, 90));
  }
  const draft = await folder.inspect(root);
  const dir = folder.path(`${name}.residua`);
  await draft.commit(accept(draft.review()), { dir });
  return { root, dir };
}

export const opened = (dir: string): Promise<Project> => Project.open(dir, { holder: 'cli' });
