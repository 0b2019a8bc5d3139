/** Electron's binary: found, fetched once by the `electron` package's own installer, its fuses set. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { flipFuses, getCurrentFuseWire } from '@electron/fuses';
import { CHECKOUT } from '../config/fuses.js';

const root = resolve(import.meta.dirname, '..');
const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
/** Says that the installer failed, and why: it is not tried at every start. `npm ci` takes it away. */
const failed = join(root, 'node_modules', '.cache', 'residua', `electron-${version}-failed`);
const INSTALL_MS = 300_000;

const NAMES = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };
const binary = join(folder, 'dist', NAMES[process.platform] ?? 'electron');

/**
 * The binary, fetched where it is missing.
 * @returns {Promise<{ binary: string } | { reason: string }>} `reason`: why there is none
 */
export async function electronBinary({ say = console.log, again = false } = {}) {
  if (process.env.RESIDUA_ELECTRON) return { binary: process.env.RESIDUA_ELECTRON };
  if (!existsSync(binary)) {
    if (again) rmSync(failed, { force: true });
    if (existsSync(failed)) return { reason: readFileSync(failed, 'utf8') };
    const reason = install(say);
    if (reason) {
      remember(reason);
      return { reason };
    }
  }
  await setFuses(binary);
  return { binary };
}

function remember(reason) {
  try {
    mkdirSync(dirname(failed), { recursive: true });
    writeFileSync(failed, reason);
  } catch {
    // The checkout belongs to somebody else: the next start tries again.
  }
}

function install(say) {
  say(`Electron ${version} is not here yet: its own installer fetches it, once …`);
  const { status, stderr, error } = spawnSync(process.execPath, [join(folder, 'install.js')], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_MS,
  });
  if (status === 0 && existsSync(binary)) return null;
  const why = error?.message ?? /^\S*Error: .*$/m.exec(stderr)?.[0] ?? `its installer ended with ${status}`;
  return `Electron could not be fetched (${why.trim().replace(/^\w*Error: /, '')})`;
}

/** Sets the fuses that are not set yet. */
export async function setFuses(path, wanted = CHECKOUT) {
  const now = await getCurrentFuseWire(path);
  const fuses = Object.entries(wanted).filter(([fuse]) => /^\d+$/.test(fuse));
  // The wire holds the characters 0 and 1.
  if (fuses.every(([fuse, on]) => now[fuse] === (on ? 0x31 : 0x30))) return;
  await flipFuses(path, { ...wanted, resetAdHocDarwinSignature: process.platform === 'darwin' });
}
