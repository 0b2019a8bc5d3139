import { spawn } from 'node:child_process';
import { existsSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type * as Playwright from 'playwright-core';
import type { CDPSession, Page } from 'playwright-core';
import { resourcePath } from '@main/project/resources';
import { UserError } from '@shared/errors';
import { findBrowser, findElectron, onPath } from './machine';

/** A real window of the built app, driven from outside. */
export interface BenchWindow {
  readonly page: Page;
  readonly devtools: CDPSession;
  readonly description: string;
  close(): Promise<void>;
}
export type WindowShell = 'electron' | 'browser';

const root = (): string => dirname(resourcePath());
/** The window as `npm start` opens it, with what the machine has to draw by; but a container's root may not sandbox. */
const FLAGS = ['--no-sandbox'];

/** Playwright comes with the checkout's development packages only. @throws UserError engine-missing */
export async function playwright(): Promise<typeof Playwright> {
  const name = 'playwright-core';
  try {
    return (await import(/* @vite-ignore */ name)) as typeof Playwright;
  } catch (cause) {
    throw new UserError('engine-missing', 'measuring a window needs playwright-core: run "npm ci" in the checkout', {
      cause,
    });
  }
}

/**
 * Opens the app's window with its settings in `home`.
 * @param shell Electron where it is, unless said otherwise
 * @throws UserError engine-missing where there is neither Electron with a display, nor a browser
 */
export async function openWindow(home: string, shell?: WindowShell): Promise<BenchWindow> {
  const electron = findElectron();
  const screen = electron !== null && shell !== 'browser' ? await display() : null;
  if (electron !== null && screen) return electronWindow(electron, home, screen);
  if (shell === 'electron') throw new UserError('engine-missing', 'there is no Electron, or no display and no Xvfb');
  return browserWindow(home);
}

interface Screen {
  readonly environment: Record<string, string>;
  end(): void;
}

/** The person's own display, else a virtual one; null where there is neither. */
async function display(): Promise<Screen | null> {
  if (process.platform !== 'linux' || process.env.DISPLAY) return { environment: {}, end: () => undefined };
  const program = onPath('Xvfb');
  if (program === null) return null;
  const xvfb = spawn(program, ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise<string>((found, failed) => {
    xvfb.once('exit', (code) => failed(new UserError('engine-missing', `Xvfb ended with ${code}`)));
    createInterface({ input: xvfb.stdio[3] as Readable }).once('line', found);
  });
  return { environment: { DISPLAY: `:${number.trim()}` }, end: () => void xvfb.kill() };
}

async function electronWindow(executablePath: string, home: string, screen: Screen): Promise<BenchWindow> {
  const { _electron } = await playwright();
  const app = await _electron.launch({
    executablePath,
    args: [...appArguments(executablePath), ...FLAGS],
    env: { ...(process.env as Record<string, string>), ...screen.environment, RESIDUA_HOME: home, LANG: 'en_US.UTF-8' },
  });
  const version = await app.evaluate(() => process.versions.electron);
  return ready(
    await app.firstWindow(),
    `Electron ${version}${screen.environment.DISPLAY ? ' under Xvfb' : ''}`,
    async () => {
      await app.close();
      screen.end();
    },
  );
}

/** The `electron` package's binary takes the app's folder; one without a default app finds it at `resources/app`. */
function appArguments(binary: string): string[] {
  const resources = join(dirname(binary), 'resources');
  if (process.platform !== 'linux' || existsSync(join(resources, 'default_app.asar'))) return [root()];
  const app = join(resources, 'app');
  try {
    unlinkSync(app);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  symlinkSync(root(), app, 'dir');
  return [];
}

async function browserWindow(home: string): Promise<BenchWindow> {
  const executablePath = findBrowser();
  if (!executablePath)
    throw new UserError('engine-missing', 'there is no Chromium or Chrome (RESIDUA_BROWSER names one)');
  const { chromium } = await playwright();
  const server = spawn(process.execPath, [join(root(), 'out/main/cli.js'), 'serve', '--json'], {
    env: { ...process.env, RESIDUA_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // However this process ends, short of SIGKILL, the server ends with it.
  const end = (): void => void server.kill('SIGTERM');
  process.once('exit', end);
  const line = await new Promise<string>((found, failed) => {
    server.once('exit', (code) => failed(new UserError('internal', `the server ended with ${code}`)));
    createInterface({ input: server.stdout }).once('line', found);
  });
  const { url } = JSON.parse(line) as { url: string };
  const browser = await chromium.launch({ executablePath, args: FLAGS }).catch((error: unknown) => {
    end();
    throw error;
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  return ready(page, `Chromium ${browser.version()}`, async () => {
    await browser.close();
    const ended = new Promise((done) => server.once('exit', done));
    end();
    process.off('exit', end);
    await ended;
  });
}

/** Waits for the first page. Whatever was started ends with the window, also where no page comes. */
async function ready(page: Page, description: string, close: () => Promise<void>): Promise<BenchWindow> {
  try {
    await page.waitForSelector('#app > *');
    return { page, devtools: await page.context().newCDPSession(page), description, close };
  } catch (error) {
    await close();
    throw error;
  }
}
