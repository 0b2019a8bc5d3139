import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resourcePath } from '@main/project';
import { rebuildCache, relink } from '@main/project/import';
import { accept, importFolder, pngOf } from '../import/setup';
import { refused } from '../formats/folder';
import { NAMES, opened, pictureProject } from './moved';

const folder = importFolder();

describe('originals that have moved', () => {
  it('leave thumbnails and labels, and are found again below one folder', async () => {
    const { root, dir } = await pictureProject(folder, 'moved');
    const project = await opened(dir);
    const before = (await project.pixels.frame(2)).data.slice();
    mkdirSync(folder.path('elsewhere', 'copy'), { recursive: true });
    renameSync(root, folder.path('elsewhere', 'copy', 'scans'));
    expect(await project.lookForOriginals()).toMatchObject([{ path: root, samples: 6, missing: 6 }]);
    expect((await project.pixels.thumb(2)).width).toBe(96);
    await refused(project.pixels.frame(2), 'file-missing', /original is not there/, join(root, NAMES[2]!));
    project.setReader('Ana');
    project.labels.set([2], { class: 1 }, { origin: 'read', context: null });

    expect(await relink(project, folder.path('elsewhere'))).toMatchObject({ matched: 0, missingInAll: 6 });
    const result = await relink(project, folder.path('elsewhere', 'copy'));
    expect(result).toMatchObject({ matched: 6, missingInAll: 0, differentInAll: 0 });
    expect(result.sources).toEqual([{ path: root, found: folder.path('elsewhere', 'copy', 'scans') }]);
    expect((await project.pixels.frame(2)).data).toEqual(before);
    expect(project.sourceOf(2)).toBe(folder.path('elsewhere', 'copy', 'scans', NAMES[2]!));
    await project.close();

    const again = await opened(dir);
    expect((await again.pixels.frame(2)).data).toEqual(before);
    expect(await again.lookForOriginals()).toMatchObject([{ missing: 0 }]);
    rmSync(again.cacheDir, { recursive: true });
    mkdirSync(again.cacheDir);
    await rebuildCache(again);
    expect((await again.pixels.thumb(2)).width).toBe(96);
    await again.close();
  });

  it('are believed by their hash alone; the rest is listed, and found in a second folder', async () => {
    const { root, dir } = await pictureProject(folder, 'parts');
    const project = await opened(dir);
    const whole = (await project.pixels.frame(0)).data.slice();
    for (const part of ['x', 'y'])
      mkdirSync(folder.path(`parts-${part}`, part === 'x' ? 'b' : ''), { recursive: true });
    renameSync(join(root, 'a'), folder.path('parts-y', 'a'));
    for (const name of ['1.png', '2.png']) renameSync(join(root, 'b', name), folder.path('parts-x', 'b', name));
    writeFileSync(folder.path('parts-x', 'b', '3.png'), await pngOf(4711, 120, 90));
    rmSync(root, { recursive: true });
    const first = await relink(project, folder.path('parts-x'));
    expect(first).toMatchObject({ matched: 2, differentInAll: 1, missingInAll: 3 });
    expect(first.different).toEqual([folder.path('parts-x', 'b', '3.png')]);
    expect(first.missing).toEqual(['a/1.png', 'a/2.png', 'a/deep/3.png']);
    await refused(project.pixels.frame(5), 'file-damaged', /no longer the one/, folder.path('parts-x', 'b', '3.png'));
    const second = await relink(project, folder.path('parts-y'));
    expect(second).toMatchObject({ matched: 3, missingInAll: 0 });
    expect((await project.pixels.frame(0)).data).toEqual(whole);
    expect((await project.pixels.frame(3)).width).toBe(120);
    await project.close();
  });

  it('that are one array file are found by name or size, and verified', async () => {
    const dir = folder.path('array.residua');
    const draft = await folder.inspect(resourcePath('samples', 'breastmnist.npz'));
    await draft.commit(accept(draft.review()), { dir });
    const project = await opened(dir);
    mkdirSync(folder.path('disk'));
    writeFileSync(folder.path('disk', 'breastmnist.npz'), 'another file');
    const source = project.sources()[0]!;
    project.relinked([{ ...source, path: '/gone/breastmnist.npz' }]);
    expect(await relink(project, folder.path('disk'))).toMatchObject({ matched: 0, differentInAll: 1 });
    copyFileSync(source.path, folder.path('disk', 'renamed.npz'));
    const found = await relink(project, folder.path('disk'));
    expect(found).toMatchObject({ matched: 780, missingInAll: 0, differentInAll: 0 });
    expect(project.sources()[0]!.path).toBe(folder.path('disk', 'renamed.npz'));
    await project.close();
  });

  it('are not looked for in a folder that is not there, and a search that is called off changes nothing', async () => {
    const { dir, root } = await pictureProject(folder, 'off');
    const project = await opened(dir);
    await refused(relink(project, folder.path('nowhere')), 'file-missing', /no such folder/);
    const abort = new AbortController();
    abort.abort();
    await refused(relink(project, root, { signal: abort.signal }), 'cancelled', /called off/);
    expect(project.sources()[0]!.located).toBeUndefined();
    await project.close();
  });
});
