import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resourcePath } from '@main/project';
import type { AppEvent } from '@shared/domain';
import { decisions, importBreast, openServices, type Fixture } from './support';

let fixture: Fixture;
beforeEach(() => (fixture = openServices()));
afterEach(async () => {
  delete process.env.RESIDUA_MOUNTS;
  delete process.env.RESIDUA_PROJECTS;
  await fixture.close();
});

/** From now on the folder `net` of this test's home counts as a network's. */
function network(): string {
  const net = join(fixture.home, 'net');
  mkdirSync(net, { recursive: true });
  const table = join(fixture.home, 'mounts');
  writeFileSync(table, `/dev/sda / ext4 rw 0 0\nserver:/x ${net} nfs4 rw 0 0\n`);
  process.env.RESIDUA_MOUNTS = table;
  process.env.RESIDUA_PROJECTS = join(fixture.home, 'projects');
  return net;
}

describe('a folder on a network', () => {
  it('gets dated backups of a new project that lies on this machine, and leads to it', async () => {
    const { client, home } = fixture;
    const asked = join(network(), 'breast.residua');
    const { result } = await importBreast(client, asked);
    const local = join(home, 'projects', 'breast.residua');
    expect(result).toMatchObject({ project: local, backupsTo: asked });
    expect(existsSync(join(asked, 'project.db'))).toBe(false);
    expect(readdirSync(join(asked, 'backups'))).toEqual([expect.stringMatching(/^project-20\d\d-\d\d-\d\d\.db$/)]);
    await client.project.close({});
    expect((await client.project.open({ dir: asked })).dir).toBe(local);
    expect(await client.storage.info({})).toMatchObject({
      place: { kind: 'local' },
      backupsTo: asked,
      backupProblem: null,
    });
  });

  it('whose project is opened is asked about, opened there without a write-ahead log, or brought here', async () => {
    const { client, services, home } = fixture;
    const net = network();
    const dir = join(net, 'there.residua');
    await importBreast(client, dir, { inPlace: true });
    await client.project.setReader({ reader: 'Ana' });
    await client.labels.set({ keys: [3], change: { class: 1 }, origin: 'read', context: null });
    expect(existsSync(join(dir, 'project.db-wal'))).toBe(false);
    expect(services.session().storage.status.place).toEqual({ kind: 'network', name: 'nfs4' });
    const { journal } = (await client.project.info({}))!;
    await client.project.close({});

    await expect(client.project.open({ dir })).rejects.toMatchObject({ code: 'project-remote', file: dir });
    const brought = await client.project.open({ dir, elsewhere: 'bring' });
    expect(brought).toMatchObject({ dir: join(home, 'projects', 'there.residua'), reader: 'Ana', journal });
    expect(existsSync(join(dir, 'project.db'))).toBe(true);
    expect(readdirSync(join(dir, 'backups')).some((name) => /^project-\d{4}-\d\d-\d\d\.db$/.test(name))).toBe(true);
    await client.project.close({});
    expect((await client.project.open({ dir })).dir).toBe(brought.dir);
  });
});

describe('storage of the open project', () => {
  it('tells sizes, and clears only what can be made anew', async () => {
    const { client, home, services } = fixture;
    const dir = join(home, 'p.residua');
    const source = join(home, 'b.npz');
    copyFileSync(resourcePath('samples', 'breastmnist.npz'), source);
    const { importId } = await client.imports.inspect({ paths: [source] });
    await client.imports.commit({ importId, decisions: decisions(dir) });
    const events: AppEvent[] = [];
    services.events.listen((event) => events.push(event));
    const before = await client.storage.info({});
    expect(before.sizes.pixels).toBe(780 * 28 * 28);
    expect(before.originals).toEqual([{ path: source, kind: 'npz', samples: 780, missing: 0, examples: [] }]);
    expect(before.limits).toEqual([]);

    renameSync(source, join(home, 'moved.npz'));
    await expect(client.storage.clear({ what: 'pictures' })).rejects.toMatchObject({
      code: 'file-missing',
      file: source,
    });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'storage', status: expect.objectContaining({ missingOriginals: 780 }) }),
    );
    expect((await services.session().project.pixels.frame(3)).width).toBe(28);
    expect(await client.storage.relink({ id: 'r', dir: home })).toMatchObject({ matched: 780, rebuilt: false });
    const cleared = await client.storage.clear({ what: 'pictures' });
    expect(cleared).toMatchObject({ picturesMissing: true, sizes: { pixels: 0, thumbnails: 0 } });
    expect(await client.storage.rebuild({ id: 'b' })).toMatchObject({ picturesMissing: false, sizes: before.sizes });
    expect((await services.session().project.pixels.frame(3)).width).toBe(28);
  });

  it('refuses everything but labels where the disk is as good as full', async () => {
    const { client, home, services } = fixture;
    await importBreast(client, join(home, 'p.residua'));
    await client.project.setReader({ reader: 'Ana' });
    const { storage } = services.session();
    storage.status = { ...storage.status, space: { freeBytes: 5e6, totalBytes: 1e12, level: 'full' } };
    await expect(client.training.start({})).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('5 MB'),
    });
    expect(await client.labels.set({ keys: [0], change: { class: 0 }, origin: 'read', context: null })).toMatchObject({
      saved: true,
    });
  });
});

describe('coming back', () => {
  it('keeps the place of each reader in the project, and knows the last label', async () => {
    const { client, home } = fixture;
    const dir = join(home, 'p.residua');
    await importBreast(client, dir);
    expect(await client.returning.last({})).toEqual({ label: null, run: null });
    await client.project.setReader({ reader: 'Ana' });
    await client.labels.set({ keys: [9], change: { class: 0 }, origin: 'read', context: null });
    const place = {
      at: new Date().toISOString(),
      route: 'browse',
      sample: null,
      browse: {
        filter: { splits: ['train' as const] },
        sort: 'random' as const,
        descending: false,
        seed: 7,
        active: 9,
        selected: [9, 10],
        following: [11],
      },
      check: null,
    };
    await client.returning.keepPlace({ reader: 'Ana', place });
    await client.project.close({});
    await client.project.open({ dir });
    expect(await client.returning.place({ reader: 'Ana' })).toEqual(place);
    expect(await client.returning.place({ reader: 'Ben' })).toBeNull();
    expect(await client.returning.last({})).toMatchObject({
      label: { sample: 'train_0009', reader: 'Ana' },
      run: null,
    });
  });
});
