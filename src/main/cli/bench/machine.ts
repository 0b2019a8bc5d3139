import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** What figures must be read with. */
export const machineName = (): string => `${process.platform} ${process.arch}, ${availableParallelism()} cores`;

export function onPath(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** A Chromium-like browser. `RESIDUA_BROWSER` names one. */
export function findBrowser(): string | null {
  const named = process.env.RESIDUA_BROWSER;
  if (named) return existsSync(named) ? named : null;
  const fixed = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ];
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
  return names.map(onPath).find((path) => path !== null) ?? fixed.find((path) => existsSync(path)) ?? null;
}

/** Electron's binary: the `electron` package's own, else the one that the tests keep. `RESIDUA_ELECTRON` names one. */
export function findElectron(): string | null {
  const named = process.env.RESIDUA_ELECTRON;
  if (named) return existsSync(named) ? named : null;
  return [...packaged(), ...kept()].find((path) => existsSync(path)) ?? null;
}

function packaged(): string[] {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  };
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    return [join(folder, 'dist', names[process.platform] ?? 'electron')];
  } catch {
    return []; // an installed Residua comes without the package
  }
}

/** The binary that the end-to-end tests fetch once (`test/setup/electron.mjs`). */
const kept = (): string[] => [
  join(process.env.RESIDUA_TEST_CACHE ?? join(homedir(), '.cache', 'residua-test'), 'electron', 'electron'),
];
