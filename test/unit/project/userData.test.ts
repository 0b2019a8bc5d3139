import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserData, defaultUserDataDir } from '@main/project';
import { uuid7 } from '@main/project/ids';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'residua-home-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('user data', () => {
  it('lie where the system keeps them, or where RESIDUA_HOME says', () => {
    expect(defaultUserDataDir({ RESIDUA_HOME: dir })).toBe(dir);
    expect(defaultUserDataDir({ XDG_CONFIG_HOME: '/x' }, 'linux')).toBe(join('/x', 'residua'));
    expect(defaultUserDataDir({ APPDATA: '/roaming' }, 'win32')).toBe(join('/roaming', 'Residua'));
    expect(defaultUserDataDir({}, 'darwin')).toMatch(/Application Support/);
  });

  it('keep settings beside one another and survive another instance', () => {
    const data = new UserData(join(dir, 'new'));
    expect(data.settings()).toEqual({ locale: null, theme: 'dark', reader: null, shortcuts: {}, ui: {} });
    data.saveSettings({ theme: 'light' });
    data.saveSettings({ ui: { size: 3 } });
    expect(new UserData(join(dir, 'new')).settings()).toMatchObject({ theme: 'light', ui: { size: 3 } });
    expect(() => data.saveSettings({ theme: 'pink' as 'dark' })).toThrow();
    expect(readdirSync(join(dir, 'new'))).toEqual(['settings.json']);
  });

  it('put a damaged file aside instead of failing', () => {
    writeFileSync(join(dir, 'settings.json'), '{"theme":');
    writeFileSync(join(dir, 'recent.json'), '{"not":"a list"}');
    const data = new UserData(dir);
    expect(data.settings().theme).toBe('dark');
    expect(data.recent()).toEqual([]);
    expect(readFileSync(join(dir, 'settings.json.damaged'), 'utf8')).toBe('{"theme":');
    expect(existsSync(join(dir, 'recent.json'))).toBe(false);
  });

  it('remember projects, the last opened first, and which are still there', () => {
    const data = new UserData(dir);
    for (let i = 0; i < 25; i++) data.remember(join(dir, `p${i}`), `P${i}`);
    data.remember(join(dir, 'p7'), 'P7 again');
    expect(data.recent()).toHaveLength(20);
    expect(data.recent()[0]).toMatchObject({ name: 'P7 again', exists: false });
    mkdirSync(join(dir, 'p24'));
    writeFileSync(join(dir, 'p24', 'project.db'), '');
    expect(data.recent()[1]).toMatchObject({ name: 'P24', exists: true });
    data.forget(join(dir, 'p7'));
    expect(data.recent()[0]?.name).toBe('P24');
  });

  it('name the workstation once and for all', () => {
    const id = new UserData(dir).device();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new UserData(dir).device()).toBe(id);
  });
});

describe('ids of events', () => {
  it('are UUIDs v7, all different, and in order even within a millisecond and when the clock goes back', () => {
    const now = Date.now();
    const ids = Array.from({ length: 20_000 }, (_, i) => uuid7(now - (i > 10_000 ? 5000 : 0)));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids.slice(0, 50))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Math.abs(parseInt(ids[0]!.replace('-', '').slice(0, 12), 16) - now)).toBeLessThan(20);
  });
});
