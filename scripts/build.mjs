/** Builds the app where its sources are newer than what was built. Two callers at once build once. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '..');
const stamp = join(root, 'out', '.built');
const lock = join(root, 'out', '.building');
const SOURCES = ['src', 'package.json', 'package-lock.json', 'electron.vite.config.ts', 'tsconfig.json'];
const BUILT = [
  'out/main/cli.js',
  'out/main/compute.js',
  'out/main/electron.js',
  'out/preload/preload.cjs',
  'out/renderer/index.html',
];

/** Time of the newest file below a path. */
const newest = (path) => {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), mtimeMs);
};

export const isStale = () =>
  BUILT.some((file) => !existsSync(join(root, file))) ||
  !existsSync(stamp) ||
  SOURCES.some((path) => newest(join(root, path)) > statSync(stamp).mtimeMs);

const lives = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Waits for another caller's build; takes the lock of one that died. */
async function takeLock() {
  mkdirSync(join(root, 'out'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (holder > 0 && !lives(holder)) rmSync(lock, { force: true });
    else await wait(200);
  }
}

/**
 * @param quiet nothing is said but errors, and those on stderr
 * @throws where the build fails, after saying why
 */
export async function buildIfStale({ quiet = false } = {}) {
  if (!isStale()) return;
  await takeLock();
  try {
    if (!isStale()) return;
    if (!quiet) console.log('Building Residua …');
    const start = new Date();
    const tool = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [tool, 'build', '--logLevel', 'warn'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
    });
    if (status !== 0) {
      process.stderr.write(`${stdout}${stderr}\nThe build failed.\n`);
      throw new Error('the build failed');
    }
    writeFileSync(stamp, '');
    utimesSync(stamp, start, start);
  } finally {
    rmSync(lock, { force: true });
  }
}
