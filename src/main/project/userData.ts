import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from './atomicFile';
import { z } from 'zod';
import { settings, type RecentProject, type Settings } from '@shared/domain';
import { uuid7 } from './ids';

const RECENT_KEPT = 20;
const recentFile = z.array(z.object({ dir: z.string(), name: z.string(), openedAt: z.string() }));
const deviceFile = z.object({ id: z.uuid() });

/** Where this person's settings lie on this workstation; `RESIDUA_HOME` names another folder. */
export function defaultUserDataDir(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.RESIDUA_HOME) return resolve(env.RESIDUA_HOME);
  if (platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Residua');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Residua');
  return join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'residua');
}

/**
 * Settings, recent projects and the workstation's id. A file that cannot be understood is kept aside as `*.damaged`
 * and its defaults are used: nothing in here may keep anybody from their labels.
 */
export class UserData {
  constructor(readonly dir: string = defaultUserDataDir()) {}

  settings(): Settings {
    return this.read('settings.json', settings, settings.parse({}));
  }

  /** Stores the given settings beside the others. */
  saveSettings(change: Partial<Settings>): Settings {
    const saved = settings.parse({ ...this.settings(), ...change });
    this.write('settings.json', saved);
    return saved;
  }

  /** Last opened first. */
  recent(): RecentProject[] {
    return this.read('recent.json', recentFile, []).map((r) => ({
      ...r,
      exists: existsSync(join(r.dir, 'project.db')),
    }));
  }

  remember(dir: string, name: string): void {
    const path = resolve(dir);
    const others = this.read('recent.json', recentFile, []).filter((r) => r.dir !== path);
    this.write(
      'recent.json',
      [{ dir: path, name, openedAt: new Date().toISOString() }, ...others].slice(0, RECENT_KEPT),
    );
  }

  forget(dir: string): void {
    const path = resolve(dir);
    this.write(
      'recent.json',
      this.read('recent.json', recentFile, []).filter((r) => r.dir !== path),
    );
  }

  /** Names this workstation in every event; made at first use. */
  device(): string {
    const made = { id: uuid7() };
    const { id } = this.read('device.json', deviceFile, made);
    if (id === made.id) this.write('device.json', made);
    return id;
  }

  private write(name: string, value: unknown): void {
    mkdirSync(this.dir, { recursive: true });
    writeFileAtomic(join(this.dir, name), JSON.stringify(value, null, 2));
  }

  private read<T>(name: string, schema: z.ZodType<T>, otherwise: T): T {
    const file = join(this.dir, name);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return otherwise;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      renameSync(file, `${file}.damaged`);
      return otherwise;
    }
  }
}
