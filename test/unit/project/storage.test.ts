import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProject, openPixels } from '@main/project';
import { backup, dailyBackup, listBackups } from '@main/project/db/backup';
import { migrate, MIGRATIONS } from '@main/project/db/migrations';
import { LOG_ROOM } from '@main/project/db/logRoom';
import { Db } from '@main/project/db/sqlite';
import { DEVICE, READ, Workshop, projectOf, sampleOf, samples } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

const DAY = 24 * 60 * 60 * 1000;

describe('opening', () => {
  it('refuses a newer format without touching it', async () => {
    const dir = await shop.create(2);
    const file = join(dir, 'project.db');
    const db = Db.open(file);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    db.checkpoint();
    db.close();
    const before = readFileSync(file);
    await expect(shop.opened(dir)).rejects.toMatchObject({
      code: 'project-newer',
      message: expect.stringContaining(
        `written by a newer Residua (format ${MIGRATIONS.length + 1}, this one knows ${MIGRATIONS.length})`,
      ),
    });
    await expect(shop.opened(dir, { readOnly: true })).rejects.toMatchObject({ code: 'project-newer' });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(join(dir, 'holder.json'))).toBe(false);
  });

  it('says what is missing or damaged, and keeps nobody out afterwards', async () => {
    await expect(shop.opened(join(shop.root, 'nowhere'))).rejects.toMatchObject({ code: 'project-missing' });
    const dir = await shop.create(2);
    const file = join(dir, 'project.db');
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.alloc(8192, 'x'));
    await expect(shop.opened(dir)).rejects.toMatchObject({
      code: 'project-damaged',
      message: expect.stringContaining('"backups"'),
    });
    rmSync(file);
    const foreign = Db.open(file);
    foreign.exec('CREATE TABLE something (a)');
    foreign.close();
    await expect(shop.opened(dir)).rejects.toMatchObject({
      code: 'project-damaged',
      message: expect.stringContaining('not the database of a Residua project'),
    });
    for (const name of readdirSync(dir)) if (name.startsWith('project.db')) rmSync(join(dir, name));
    writeFileSync(file, whole);
    expect((await shop.opened(dir)).labels.position).toBe(2);
  });

  it('makes no project over another one, and none without samples', async () => {
    const dir = await shop.create(2);
    await expect(createProject(dir, projectOf(samples(1)), DEVICE)).rejects.toMatchObject({ code: 'project-exists' });
    await expect(shop.create(projectOf([]))).rejects.toMatchObject({ code: 'file-no-samples' });
  });

  it('mends labels that lag behind their events', async () => {
    const p = await shop.start(3);
    p.labels.set([0], { class: 1, note: 'n' }, READ);
    const row = p.index.rows([0])[0];
    await shop.close(p);
    const db = Db.open(join(p.dir, 'project.db'));
    db.run('DELETE FROM labels WHERE key = 0');
    db.close();
    expect((await shop.opened(p.dir)).index.rows([0])[0]).toEqual(row);
  });
});

describe('backups', () => {
  it('are made once a day and the last five kept', async () => {
    const dir = await shop.create(2);
    const db = Db.open(join(dir, 'project.db'));
    const folder = join(dir, 'backups');
    const first = (await dailyBackup(db))!;
    expect(await dailyBackup(db)).toBeNull();
    const start = Date.now();
    for (let day = 1; day <= 7; day++) {
      const [newest] = listBackups(folder).slice(-1);
      const yesterday = new Date(start + (day - 1) * DAY);
      utimesSync(join(folder, newest!), yesterday, yesterday);
      expect(await dailyBackup(db, new Date(start + day * DAY + 1000))).not.toBeNull();
    }
    db.close();
    expect(listBackups(folder)).toHaveLength(5);
    expect(existsSync(first)).toBe(false);
    expect(readdirSync(folder).filter((n) => !n.endsWith('.db'))).toEqual([]);
  });

  it('come after opening, and one put in the place of the database is that day’s project', async () => {
    let p = await shop.start(3);
    await shop.close(p);
    p = await shop.opened(p.dir);
    p.labels.set([0], { class: 1 }, READ);
    await shop.close(p);
    const folder = join(p.dir, 'backups');
    const old = listBackups(folder);
    expect(old).toHaveLength(1);
    p = await shop.opened(p.dir);
    expect(listBackups(folder)).toEqual(old);
    await shop.close(p);
    for (const name of readdirSync(p.dir)) if (name.startsWith('project.db')) rmSync(join(p.dir, name));
    copyFileSync(join(folder, old[0]!), join(p.dir, 'project.db'));
    p = await shop.opened(p.dir);
    expect(p.labels.position).toBe(3);
    expect(p.index.rows([0])[0]).toMatchObject({ class: 0, state: 'labelled' });
    p.labels.set([0], { class: 1 }, { ...READ, reader: 'Ana' });
    expect(p.labels.position).toBe(4);
  });

  it('are made before every migration; a step that fails changes nothing, and the copy still opens', async () => {
    const p = await shop.start(3);
    p.labels.set([1], { class: 0 }, READ);
    await shop.close(p);
    const db = Db.open(join(p.dir, 'project.db'));
    const made: string[] = [];
    const copy = (from: number): void => void made.push(backup(db, `before-format-${from + 1}`));
    expect(() => migrate(db, copy, [...MIGRATIONS, 'CREATE TABLE halves (a); SELECT nonsense'])).toThrow();
    expect(db.get('SELECT count(*) FROM sqlite_master WHERE name = ?', 'halves')).toEqual([0]);
    expect(db.get('PRAGMA user_version')).toEqual([MIGRATIONS.length]);
    migrate(db, copy, [...MIGRATIONS, 'ALTER TABLE runs ADD COLUMN colour TEXT', 'CREATE TABLE later (a)']);
    expect(db.get('PRAGMA user_version')).toEqual([MIGRATIONS.length + 2]);
    db.close();
    expect(made.map((f) => f.split('Z-')[1])).toEqual([
      `before-format-${MIGRATIONS.length + 1}.db`,
      `before-format-${MIGRATIONS.length + 1}.db`,
      `before-format-${MIGRATIONS.length + 2}.db`,
    ]);
    // The old copy holds every label and is brought up to date again.
    const restored = shop.dir();
    mkdirSync(restored);
    copyFileSync(made[1]!, join(restored, 'project.db'));
    copyFileSync(join(p.dir, 'identity.json'), join(restored, 'identity.json'));
    const back = await shop.opened(restored);
    expect(back.labels.history(1).map((e) => e.origin)).toEqual(['imported', 'read']);
    await shop.close(back);
    const again = Db.open(join(restored, 'project.db'));
    migrate(again, () => undefined, [...MIGRATIONS, 'ALTER TABLE runs ADD COLUMN colour TEXT']);
    expect(again.get('SELECT count(*) FROM events')).toEqual([4]);
    again.close();
  });
});

describe('a full disk', () => {
  it('(as SQLite reports it) refuses the label, says so, keeps every earlier one, and goes on when there is room', async () => {
    const p = await shop.start(40);
    const { db } = p as unknown as { db: Db };
    const pages = db.get<[number]>('PRAGMA page_count')![0];
    db.exec(`PRAGMA max_page_count = ${pages + 2}`);
    let saved = p.labels.position;
    let refused: unknown;
    for (let i = 0; i < 2000 && !refused; i++) {
      try {
        saved = p.labels.set([i % 40], { class: i % 2, note: 'x'.repeat(200) }, READ).journal;
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(
        /project\.db: the disk is full: this change was not saved, everything saved before is safe/,
      ),
    });
    expect(p.labels.position).toBe(saved);
    const rows = p.index.rows([0, 1, 2]);
    db.exec('PRAGMA max_page_count = 1000000');
    expect(p.labels.set([0], { class: 1 }, READ).journal).toBe(saved + 1);
    p.labels.undo();
    const again = await shop.again(p);
    expect(again.labels.position).toBe(saved + 2);
    expect(again.index.rows([1, 2])).toEqual(rows.slice(1));
  });

  const small = join('/tmp', `residua-small-disk-${process.pid}`);
  const mounted = ((): boolean => {
    try {
      mkdirSync(small, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();

  // Mounting needs rights that not every machine gives; the test above covers the same without them.
  it.runIf(mounted)('(a real one) loses no acknowledged label', async () => {
    try {
      const dir = join(small, 'p.residua');
      await createProject(dir, projectOf(samples(40)), DEVICE);
      let p = await shop.opened(dir);
      p.setReader('Ana');
      const acknowledged: string[] = [];
      let refused: unknown;
      for (let i = 0; i < 5000 && !refused; i++) {
        try {
          acknowledged.push(...p.labels.set([i % 40], { class: i % 2, note: 'x'.repeat(500) }, READ).events);
        } catch (error) {
          refused = error;
        }
      }
      expect(refused).toMatchObject({ code: 'disk-full' });
      expect(acknowledged.length).toBeGreaterThan(10);
      await shop.close(p);
      rmSync(join(dir, 'backups'), { recursive: true });
      writeFileSync(join(small, 'filler'), Buffer.alloc(0));
      try {
        appendFileSync(join(small, 'filler'), Buffer.alloc(4 << 20));
      } catch {
        // Now there is no byte left.
      }
      p = await shop.opened(dir);
      await expect.poll(() => p.backups.problem, { timeout: 20_000 }).toMatchObject({ code: 'disk-full' });
      const kept = new Set(p.labels.activity({ before: null, limit: 10_000 }).events.map((e) => e.id));
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
      await shop.close(p);
    } finally {
      await shop.clean();
      execFileSync('umount', ['-l', small]);
      rmSync(small, { recursive: true, force: true });
    }
  });
});

describe('identity', () => {
  it('lies in one file that only its owner reads; the database knows no path and no patient', async () => {
    const dir = await shop.create(
      projectOf(
        [
          sampleOf(0, { patient: 'Meier, Anna' }),
          sampleOf(1, { patient: 'Meier, Anna' }),
          sampleOf(2, { patient: 'Kohl' }),
        ],
        {
          quarantined: [{ file: '/data/secret place/broken.png', reason: 'cut short' }],
        },
      ),
    );
    const p = await shop.opened(dir);
    const { patients } = p.splitVersions.material();
    expect(patients[0]).toMatch(/^[0-9a-f]{32}$/);
    expect([patients[0] === patients[1], patients[0] === patients[2]]).toEqual([true, false]);
    expect(p.base().quarantined[0]?.reason).toBe('cut short');
    expect(p.sourceOf(0)).toBe('/data/secret place/breast.npz');
    await shop.close(p);
    for (const name of ['project.db', ...readdirSync(join(dir, 'backups')).map((n) => `backups/${n}`)]) {
      const bytes = readFileSync(join(dir, name));
      for (const secret of ['Meier', 'Kohl', 'secret place']) expect(bytes.includes(secret)).toBe(false);
    }
    const identity = join(dir, 'identity.json');
    expect(readFileSync(identity, 'utf8')).toContain('Meier, Anna');
    if (process.platform !== 'win32') expect(statSync(identity).mode & 0o777).toBe(0o600);
    // Two projects never have the same hash of one person.
    const other = await shop.opened(await shop.create(projectOf([sampleOf(0, { patient: 'Meier, Anna' })])));
    expect(other.splitVersions.material().patients[0]).not.toBe(patients[0]);
    writeFileSync(identity, '{');
    await expect(shop.opened(dir)).rejects.toMatchObject({ code: 'project-damaged' });
    await expect(openPixels(dir)).rejects.toMatchObject({ code: 'project-damaged' });
  });
});

describe('the log of an open project', () => {
  const sizeOf = (dir: string): number => statSync(join(dir, 'project.db-wal')).size;

  it('has room for labels before the first, does not grow by them, and goes when the project is closed', async () => {
    const dir = await shop.create(200);
    const project = await shop.opened(dir);
    project.setReader('Reader A');
    expect(sizeOf(dir)).toBe(LOG_ROOM);
    for (let key = 0; key < 200; key++) project.labels.set([key], { class: 1 }, READ);
    expect(sizeOf(dir)).toBe(LOG_ROOM);
    await project.close();
    expect(existsSync(join(dir, 'project.db-wal')) ? sizeOf(dir) : 0).toBe(0);
  });

  it('that a crash left behind, with labels in it and zeros after them, loses none', async () => {
    const dir = await shop.create(20);
    const project = await shop.opened(dir);
    project.setReader('Reader A');
    for (let key = 0; key < 20; key++) project.labels.set([key], { state: 'unsure' }, READ);
    const copy = shop.dir();
    mkdirSync(copy);
    for (const name of ['project.db', 'project.db-wal', 'identity.json'])
      copyFileSync(join(dir, name), join(copy, name));
    const again = await shop.opened(copy);
    expect(again.labels.position).toBe(project.labels.position);
    for (let key = 0; key < 20; key++) expect(again.labels.label(key).state).toBe('unsure');
    again.labels.set([3], { class: 1 }, READ);
    expect(sizeOf(copy)).toBe(LOG_ROOM);
  });
});
