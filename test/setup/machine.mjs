/** What this machine has for end-to-end tests. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { testElectron } from './electron.mjs';

const onPath = (name) => {
  const found = spawnSync(process.platform === 'win32' ? 'where' : 'which', [name], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.split(/\r?\n/)[0] : null;
};

/** A Chromium-like browser, or null. `RESIDUA_BROWSER` names one. */
export function findBrowser() {
  const named = process.env.RESIDUA_BROWSER;
  if (named) return existsSync(named) ? named : null;
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return (
    ['chromium', 'chromium-browser', 'google-chrome', 'chrome'].map(onPath).find(Boolean) ??
    (existsSync(mac) ? mac : null)
  );
}

/** Electron's binary: the `electron` package's own, else the one that the tests fetched, else null. */
export function findElectron() {
  const named = process.env.RESIDUA_ELECTRON;
  if (named) return existsSync(named) ? named : null;
  return ownElectron() ?? testElectron();
}

function ownElectron() {
  const folder = join(createRequire(import.meta.url).resolve('electron/package.json'), '..');
  const name =
    { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron';
  const binary = join(folder, 'dist', name);
  return existsSync(binary) ? binary : null;
}

export const hasDisplay = () =>
  process.platform === 'darwin' ||
  process.platform === 'win32' ||
  Boolean(process.env.DISPLAY) ||
  Boolean(onPath('xvfb-run'));
