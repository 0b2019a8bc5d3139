import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readHolder, resourcePath } from '@main/project';
import { contentOf } from '@main/training/predict';
import type { AppEvent } from '@shared/domain';
import { decisions, importBreast, openServices, type Fixture } from './support';
import { sampleKeys } from '@shared/sampleKeys';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
const fixture = (options: Parameters<typeof openServices>[0] = {}): Fixture => {
  const opened = openServices(options);
  ends.push(opened.close);
  return opened;
};

describe('the app', () => {
  it('says what it is, and remembers settings and recent projects', async () => {
    const { client, home } = fixture();
    const info = await client.app.info({});
    expect(info).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+/), shell: 'command-line', recent: [] });
    expect(info.samples).toEqual([
      expect.objectContaining({ id: 'breastmnist', bytes: 559580 }),
      expect.objectContaining({ id: 'adrenalmnist3d', bytes: 276833 }),
    ]);
    expect(await client.app.saveSettings({ theme: 'light' })).toMatchObject({ theme: 'light', locale: null });
    await importBreast(client, join(home, 'b.residua'));
    const { settings, recent } = await client.app.info({});
    expect(settings.theme).toBe('light');
    expect(recent).toEqual([expect.objectContaining({ dir: join(home, 'b.residua'), name: 'Breast', exists: true })]);
    expect((await client.app.forgetRecent({ dir: join(home, 'b.residua') })).recent).toEqual([]);
  });

  it('lists folders, projects first, hidden names left out', async () => {
    const { client, home } = fixture();
    const dir = join(home, 'files');
    mkdirSync(join(dir, 'b.residua'), { recursive: true });
    mkdirSync(join(dir, 'a'));
    writeFileSync(join(dir, 'b.residua', 'project.db'), '');
    writeFileSync(join(dir, 'scan 10.png'), 'x');
    writeFileSync(join(dir, 'scan 9.png'), 'xy');
    writeFileSync(join(dir, '.hidden'), '');
    const { entries, parent } = await client.app.listFolder({ dir });
    expect(entries.map(({ name, kind, bytes }) => [name, kind, bytes])).toEqual([
      ['b.residua', 'project', null],
      ['a', 'folder', null],
      ['scan 9.png', 'file', 2],
      ['scan 10.png', 'file', 1],
    ]);
    expect(parent).toBe(home);
    await expect(client.app.listFolder({ dir: join(dir, 'none') })).rejects.toMatchObject({ code: 'file-missing' });
    expect((await client.app.listFolder({ dir: join(dir, 'scan 9.png') })).dir).toBe(dir);
    await expect(client.app.pick({ what: 'files' })).rejects.toMatchObject({ code: 'value-invalid' });
  });

  it('makes a deleted cache anew from the originals, and opens without them too', async () => {
    const { client, home, services } = fixture();
    const source = join(home, 'breastmnist.npz');
    copyFileSync(resourcePath('samples', 'breastmnist.npz'), source);
    const dir = join(home, 'b.residua');
    const { importId } = await client.imports.inspect({ paths: [source] });
    await client.imports.commit({ importId, decisions: decisions(dir) });
    const before = (await services.session().project.pixels.frame(3)).data.slice();
    // A file with these pixels is told from new ones by the same hash.
    const { index, pixels } = services.session().project;
    expect(contentOf(await pixels.frame(3))).toBe(index.contentHash(3));
    const reopened = async (): Promise<void> => {
      await client.project.close({});
      rmSync(join(dir, 'cache'), { recursive: true });
      await client.project.open({ dir });
    };
    await reopened();
    expect((await services.session().project.pixels.frame(3)).data).toEqual(before);
    rmSync(source);
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await reopened();
    expect(said.mock.calls.flat().join()).toContain(source);
    expect(await sampleKeys(client, { filter: {}, sort: 'id' })).toHaveLength(780);
    await expect(services.session().project.pixels.frame(3)).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('asks for a project before anything else', async () => {
    const { client } = fixture();
    expect(await client.project.info({})).toBeNull();
    for (const call of [
      client.samples.list({ filter: {}, sort: 'id' }),
      client.labels.undo({}),
      client.training.runs({}),
      client.insight.suspects({}),
    ])
      await expect(call).rejects.toMatchObject({ code: 'project-missing' });
  });
});

describe('imports', () => {
  it('that are called off leave nothing', async () => {
    const { client, home } = fixture();
    const { importId } = await client.imports.inspect({ paths: [], sample: 'breastmnist' });
    await client.imports.cancel({ importId });
    expect(readdirSync(join(home, 'user', 'imports'))).toEqual([]);
    await expect(client.imports.review({ importId })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('of what is no data fail with one error that names the file, and leave nothing', async () => {
    const { client, home } = fixture();
    const file = join(home, 'wrong.npz');
    writeFileSync(file, 'no zip');
    const { importId } = await client.imports.inspect({ paths: [file] });
    await expect(client.imports.review({ importId })).rejects.toMatchObject({
      file,
      code: expect.stringMatching(/^file-/),
    });
    expect(existsSync(join(home, 'user', 'imports'))).toBe(false);
    await expect(client.imports.inspect({ paths: [] })).rejects.toMatchObject({ code: 'value-invalid' });
    await expect(client.imports.inspect({ paths: [], sample: '../x' })).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('take a name of their own in the usual place, and never another’s', async () => {
    const { client, home } = fixture();
    process.env.RESIDUA_PROJECTS = join(home, 'projects');
    try {
      const names: string[] = [];
      for (let i = 0; i < 2; i++) {
        const { importId } = await client.imports.inspect({ paths: [], sample: 'breastmnist' });
        await client.imports.review({ importId });
        const { project } = await client.imports.commit({
          importId,
          decisions: decisions('', { dir: null, name: 'Breast/../ä?' }),
        });
        names.push(project);
      }
      expect(names).toEqual(['Breast_.._ä_.residua', 'Breast_.._ä_ 2.residua'].map((n) => join(home, 'projects', n)));
    } finally {
      delete process.env.RESIDUA_PROJECTS;
    }
    const existing = (await client.project.info({}))!.dir;
    const { importId } = await client.imports.inspect({ paths: [], sample: 'breastmnist' });
    await client.imports.review({ importId });
    await expect(client.imports.commit({ importId, decisions: decisions(existing) })).rejects.toMatchObject({
      code: 'project-exists',
    });
    // The draft is still there: the person chooses another place.
    await expect(
      client.imports.commit({ importId, decisions: decisions(join(home, 'other.residua')) }),
    ).resolves.toMatchObject({ samples: 780 });
  });
});

describe('projects', () => {
  it('are held by one process, which says where it answers', async () => {
    const first = fixture({ shell: 'browser', socket: '/tmp/some.sock', spawner: silentCompute });
    const dir = join(first.home, 'b.residua');
    await importBreast(first.client, dir);
    expect(readHolder(dir)).toMatchObject({ pid: process.pid, holder: 'serve', socket: '/tmp/some.sock' });
    const second = fixture();
    await expect(second.client.project.open({ dir })).rejects.toMatchObject({ code: 'project-locked' });
    await first.client.project.close({});
    await expect(second.client.project.open({ dir })).resolves.toMatchObject({ dir });
  });

  it('that cannot be opened leave the present one open', async () => {
    const { client, home } = fixture();
    await importBreast(client, join(home, 'b.residua'));
    await expect(client.project.open({ dir: join(home, 'none.residua') })).rejects.toMatchObject({
      code: 'project-missing',
    });
    expect(await client.project.info({})).toMatchObject({ dir: join(home, 'b.residua') });
  });

  it('never get what was meant for another', async () => {
    const { services, client, home } = fixture();
    await importBreast(client, join(home, 'a.residua'));
    const first = services.session().project.id;
    await importBreast(client, join(home, 'b.residua'));
    expect(() => services.expectProject(first)).toThrow(expect.objectContaining({ code: 'project-changed' }));
    expect(() => services.expectProject(services.session().project.id)).not.toThrow();
    expect(readHolder(join(home, 'a.residua'))).toBeNull();
  });
});

/** A compute child that never answers. */
const silentCompute = {
  spawn: () => {
    let exit: (code: number | null, signal: string | null) => void = () => undefined;
    return {
      pid: undefined,
      send: () => undefined,
      onMessage: () => undefined,
      onExit: (listener: typeof exit) => (exit = listener),
      kill: () => exit(null, 'SIGKILL'),
    };
  },
};

describe('labels', () => {
  let opened: Fixture;
  beforeAll(async () => {
    opened = openServices({ shell: 'browser', spawner: silentCompute });
    await importBreast(opened.client, join(opened.home, 'b.residua'));
  });
  afterAll(() => opened.close());

  it('ask who reads first', async () => {
    const set = () => opened.client.labels.set({ keys: [0], change: { class: 0 }, origin: 'read', context: null });
    await expect(set()).rejects.toMatchObject({ code: 'reader-missing' });
    await opened.client.project.setReader({ reader: 'Dr A' });
    await expect(set()).resolves.toMatchObject({ saved: true });
    expect((await opened.client.app.info({})).settings.reader).toBe('Dr A');
  });

  it('are answered first; windows hear of them afterwards, whoever set them', async () => {
    const events: AppEvent[] = [];
    const stop = opened.services.events.listen((event) => events.push(event));
    const { journal } = await opened.client.labels.set({
      keys: [1, 2, 3],
      change: { class: 1 },
      origin: 'bulk',
      context: null,
    });
    expect(events).toEqual([]);
    await vi.waitFor(() =>
      expect(events).toContainEqual({ type: 'labels', keys: [1, 2, 3], journal, changedSinceRun: null }),
    );
    stop();
  });

  it('are refused whole where one of them cannot be set', async () => {
    const before = (await opened.client.project.info({}))!.journal;
    const set = (keys: number[], change: { class?: number; state?: 'excluded'; reason?: string }) =>
      opened.client.labels.set({ keys, change, origin: 'bulk', context: null });
    await expect(set([5, 780], { class: 0 })).rejects.toMatchObject({ code: 'sample-missing' });
    await expect(set([5], { class: 7 })).rejects.toMatchObject({ code: 'class-missing' });
    await expect(set([5], { state: 'excluded' })).rejects.toMatchObject({ code: 'value-invalid' });
    expect((await opened.client.project.info({}))!.journal).toBe(before);
  });

  it('go out as a table and come back', async () => {
    const file = join(opened.home, 'labels.csv');
    expect(await opened.client.labels.exportCsv({ file })).toEqual({ file, rows: 780 });
    expect(existsSync(file)).toBe(true);
    expect(await opened.client.labels.importCsv({ file, reader: 'Dr B' })).toMatchObject({ rows: 780, changed: 0 });
  });
});

describe('splits', () => {
  it('are drawn anew by the command line’s rule, or by what a person decided about pairs', async () => {
    const { client, home } = fixture();
    await importBreast(client, join(home, 'b.residua'));
    const leakFree = await client.project.resplit({ policy: 'leak-free', seed: 1, pairs: {} });
    expect(leakFree.splits).toMatchObject({
      version: 2,
      policy: 'leak-free',
      counts: { train: 492, val: 75, test: 156 },
      leftOutAsLeak: 57,
      testLeaks: 0,
    });
    const { pairs, total } = await client.project.pairs({ offset: 0, limit: 2000 });
    expect([pairs.length, total]).toEqual([104, 104]);
    expect(pairs.every(({ joined }) => joined)).toBe(true);
    const apart = Object.fromEntries(pairs.map((_, i) => [String(i), false]));
    const official = await client.project.resplit({ policy: 'official', seed: 1, pairs: apart });
    // The one exact pair is joined whatever is said.
    expect(official).toMatchObject({ groups: 779, splits: { version: 3, testLeaks: 28, leftOutAsLeak: 0 } });
    // What was decided stands until somebody says otherwise.
    expect(await client.project.previewSplits({ policy: 'new', seed: 7, pairs: {} })).toMatchObject({ groups: 779 });
    const together = Object.fromEntries(pairs.map((_, i) => [String(i), true]));
    const drawn = await client.project.resplit({ policy: 'new', seed: 7, pairs: together });
    expect(Object.values(drawn.splits.counts).reduce((a, b) => a + b)).toBe(780);
    expect(drawn.splits.testLeaks).toBe(0);
  });
});
