import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { giveProject, limitsOf, type Progress } from '@main/project/copy';
import { rebuildCache, relink } from '@main/project/import';
import type { Project } from '@main/project';
import { refused } from '../formats/folder';
import { importFolder } from '../import/setup';
import { opened, pictureProject } from './moved';

const folder = importFolder();
const READ = { origin: 'read', context: null } as const;

async function open(name: string): Promise<{ project: Project; root: string }> {
  const { dir, root } = await pictureProject(folder, name);
  const project = await opened(dir);
  project.setReader('Ana');
  project.labels.set([0], { class: 1 }, READ);
  return { project, root };
}
const NOTHING = { originals: false, cache: false, identity: false };

describe('a copy for a colleague', () => {
  it('is whole and consistent while labels are set, and names no patient, no folder and no reader of ours', async () => {
    const { project, root } = await open('given');
    let busy = true;
    const labels = (async () => {
      for (let i = 0; busy; i++) {
        project.labels.set([i % 6], { class: i % 2 }, READ);
        await new Promise((next) => setImmediate(next));
      }
    })();
    const progress: Progress[] = [];
    const to = folder.path('colleague', 'given.residua');
    const result = await giveProject(project, to, { ...NOTHING, cache: true, onProgress: (p) => progress.push(p) });
    busy = false;
    await labels;
    expect(result).toMatchObject({
      dir: to,
      samples: 6,
      missingOriginals: [],
      limits: expect.arrayContaining(['no-full-size', 'no-patients']),
    });
    expect([...new Set(progress.map((p) => p.stage))]).toEqual(['database', 'files', 'verifying']);
    expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total);
    expect(readdirSync(to).sort()).toEqual([
      'about-this-copy.txt',
      'backups',
      'cache',
      'exports',
      'project.db',
      'runs',
    ]);
    expect(readFileSync(join(to, 'about-this-copy.txt'), 'utf8')).toMatch(
      /without the originals\n.*with    the cache.*\n.*without the identity[^]*For research, not for diagnosis/,
    );
    expect(readFileSync(join(to, 'project.db')).includes(folder.path())).toBe(false);

    const copy = await opened(to);
    expect(copy.labels.position).toBe(result.journal);
    expect(project.labels.position).toBeGreaterThan(result.journal);
    expect(copy.labels.now().hash).toBe(project.labels.at(result.journal).hash);
    expect(copy.reader).toBeNull();
    expect(copy.given).toMatchObject({ cache: true, originals: false });
    expect((await copy.pixels.thumb(1)).width).toBe(96);
    await refused(copy.pixels.frame(1), 'file-missing', /original is not there/);
    expect(await relink(copy, root)).toMatchObject({ matched: 6, missingInAll: 0 });
    expect((await copy.pixels.frame(1)).width).toBe(120);
    await copy.close();
    const again = await opened(to);
    expect((await again.pixels.frame(1)).width).toBe(120);
    await again.close();
    await project.close();
  });

  it('with originals and identity stands on its own, wherever it is moved', async () => {
    const { project, root } = await open('whole');
    const to = folder.path('whole-copy.residua');
    const result = await giveProject(project, to, { originals: true, cache: false, identity: true });
    expect(result.limits).toEqual(['pictures-anew', 'features-anew']);
    await project.close();
    rmSync(root, { recursive: true });
    const moved = folder.path('moved-copy.residua');
    renameSync(to, moved);
    expect(existsSync(join(moved, 'identity.json'))).toBe(true);
    const copy = await opened(moved);
    expect(await copy.lookForOriginals()).toMatchObject([{ missing: 0, samples: 6 }]);
    expect((await copy.pixels.frame(3)).width).toBe(120);
    await rebuildCache(copy);
    expect((await copy.pixels.thumb(3)).width).toBe(96);
    await copy.close();
  });

  it('that is called off, or has no room, or no place, leaves nothing', async () => {
    const { project } = await open('off');
    const abort = new AbortController();
    const to = folder.path('off-copy', 'p.residua');
    const copying = giveProject(project, to, {
      ...NOTHING,
      originals: true,
      signal: abort.signal,
      onProgress: ({ stage }) => stage === 'files' && abort.abort(),
    });
    await refused(copying, 'cancelled', /called off/);
    expect(readdirSync(folder.path('off-copy'))).toEqual([]);
    await refused(giveProject(project, join(project.dir, 'inside'), NOTHING), 'value-invalid', /inside the project/);
    await refused(giveProject(project, folder.path('off'), NOTHING), 'project-exists', /something is there/);
    await project.close();
  });

  it('says of originals that are gone which they were', async () => {
    const { project, root } = await open('gone');
    rmSync(join(root, 'a'), { recursive: true });
    const result = await giveProject(project, folder.path('gone-copy.residua'), { ...NOTHING, originals: true });
    expect(result.missingOriginals).toHaveLength(3);
    expect(result.limits).toContain('no-pictures');
    await project.close();
  });
});

describe('what cannot be done', () => {
  const all = { originals: true, pictures: true, features: true, identity: true, picturesInFiles: true };
  it('is nothing with a whole project', () => expect(limitsOf(all)).toEqual([]));
  it.each([
    [{ originals: false }, ['no-full-size', 'no-new-features']],
    [{ originals: false, picturesInFiles: false }, ['no-rebuild']],
    [{ originals: false, pictures: false, features: false }, ['no-pictures', 'no-new-features']],
    [{ pictures: false, features: false }, ['pictures-anew', 'features-anew']],
    [{ originals: false, picturesInFiles: false, features: false }, ['no-rebuild', 'features-anew']],
    [{ identity: false }, ['no-patients', 'no-sources']],
  ] as const)('without %o', (less, limits) => expect(limitsOf({ ...all, ...less })).toEqual(limits));
});
