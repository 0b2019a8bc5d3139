import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Project, readHolder } from '@main/project';
import { Db } from '@main/project/db/sqlite';
import { verifyChain } from '@main/project/journal/events';
import { bundle, start, until } from './child/bundle';
import { READ, Workshop } from './fixture';

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.clean());

describe('SIGKILL at random moments', () => {
  let labeller: { file: string; remove: () => void };
  beforeAll(async () => {
    labeller = await bundle('labeller.ts');
  });
  afterAll(() => labeller.remove());

  it('loses none of 200 acknowledged labels, halves no edit, and locks nobody out', async () => {
    const dir = await shop.create(100);
    const acknowledged: string[] = [];
    let kills = 0;
    for (let round = 0; acknowledged.length < 200 || kills < 10; round++) {
      const { child, lines, ended } = start(labeller.file, [dir, String(round)]);
      // After 1 to 40 acknowledgements, in the middle of whatever comes next.
      await until(() => lines.length > (round * 17) % 40);
      child.kill('SIGKILL');
      await ended;
      kills++;
      acknowledged.push(...lines);
      const p = await Project.open(dir, { holder: 'cli' });
      const last = Number(lines.at(-1)!.split(' ')[0]);
      expect(p.labels.position).toBeGreaterThanOrEqual(last);
      await p.close();
    }
    const db = Db.openReadOnly(join(dir, 'project.db'));
    const kept = new Set(db.all<[string]>('SELECT id FROM events').map((r) => r[0]));
    const lost = acknowledged.flatMap((line) => line.split(' ').slice(1)).filter((id) => !kept.has(id));
    const halves = db.all(
      'SELECT batch FROM events WHERE position > 100 AND batch IS NOT NULL GROUP BY batch HAVING count(*) <> 50',
    );
    expect(lost).toEqual([]);
    expect(halves).toEqual([]);
    expect(verifyChain(db)).toBeNull();
    expect(db.get('PRAGMA integrity_check')).toEqual(['ok']);
    db.close();
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  }, 120_000);
});

describe('the lock', () => {
  let holder: { file: string; remove: () => void };
  beforeAll(async () => {
    holder = await bundle('holder.ts');
  });
  afterAll(() => holder.remove());

  it('names who holds the project, lets readers in beside it, and is gone at once after kill -9', async () => {
    const dir = await shop.create(4);
    const { child, lines, ended } = start(holder.file, [dir]);
    await until(() => lines.includes('open'));
    expect(readHolder(dir)).toMatchObject({ pid: child.pid, holder: 'app', socket: '/tmp/some.sock' });
    await expect(shop.opened(dir)).rejects.toMatchObject({
      code: 'project-locked',
      message: expect.stringMatching(new RegExp(`the Residua app \\(process ${child.pid}\\) has had it open since 20`)),
    });
    const reader = await shop.opened(dir, { readOnly: true });
    expect(reader.base()).toMatchObject({ readOnly: true, samples: 4 });
    expect(() => reader.labels.set([0], { class: 1 }, { ...READ, reader: 'Ana' })).toThrow('read-only');
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(dir, 'holder.json'))).toBe(true);
    expect(readHolder(dir)).toBeNull();
    const timed = async (): Promise<{ p: Project; ms: number }> => {
      const started = performance.now();
      const opened = await shop.opened(dir);
      return { p: opened, ms: performance.now() - started };
    };
    const first = await timed();
    await shop.close(first.p);
    const { p, ms } = await timed();
    // A lock that waits for a time-out would take seconds more than the next opening, which meets none.
    expect(first.ms).toBeLessThan(ms + 3000);
    expect(readHolder(dir)).toMatchObject({ pid: process.pid, holder: 'cli', socket: null });
    p.announce('/tmp/other.sock');
    expect(readHolder(dir)?.socket).toBe('/tmp/other.sock');
    await shop.close(p);
    expect(readHolder(dir)).toBeNull();
    expect(existsSync(join(dir, 'holder.json'))).toBe(false);
  });

  it('holds inside one process too', async () => {
    const p = await shop.start(2);
    await expect(shop.opened(p.dir)).rejects.toMatchObject({ code: 'project-locked' });
    // The failed attempt must not have loosened it.
    await expect(shop.opened(p.dir)).rejects.toMatchObject({ code: 'project-locked' });
  });
});

describe('a reader beside a writer', () => {
  it('sees labels that came after it opened, by position', async () => {
    const p = await shop.start(4);
    const reader = await shop.opened(p.dir, { readOnly: true });
    p.labels.set([0], { class: 1 }, READ);
    expect(reader.labels.at(p.labels.position)).toEqual(p.labels.now());
    expect(reader.index.classes[0]).toBe(0);
  });
});
