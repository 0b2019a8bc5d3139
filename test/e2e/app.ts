import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { _electron, chromium, type ElectronApplication, type Page } from 'playwright-core';
import { it, vi } from 'vitest';
import { connectSocket, socketPath } from '@main/web';
import { findBrowser, findElectron } from '../setup/machine.mjs';

const root = resolve(import.meta.dirname, '../..');
type Shell = 'electron' | 'browser';
/**
 * Tests may run as root. WebGL works without a GPU, by SwiftShader; everything else is drawn in software then, as on any such
 * workstation: to have SwiftShader draw the whole window as well takes both cores for a quarter of a second a frame.
 */
const FLAGS = ['--no-sandbox', '--enable-unsafe-swiftshader'];

/** Which shell this run of the tests drives. */
export const shell: Shell = process.env.RESIDUA_SHELL === 'browser' ? 'browser' : 'electron';

/** A test of one shell alone: the other has no such test, and so skips none. */
export function only(where: Shell, name: string, test: () => Promise<void>, timeout?: number): void {
  if (shell === where) it(name, test, timeout);
}

/** An app under test, in a home folder of its own. */
export interface App {
  readonly page: Page;
  readonly home: string;
  /** Only in Electron. */
  readonly electron: ElectronApplication | null;
  /** Process that holds the open project. */
  readonly pid: number;
  /** What went wrong in the page; a test that expects nothing of it asserts that it is empty. */
  readonly problems: string[];
  close(options?: { keepHome?: boolean }): Promise<void>;
}

/** Starts the built app in the shell of this run. @param home an earlier app's home, to come back to it */
export async function startApp(options: { home?: string; args?: string[] } = {}): Promise<App> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'residua-e2e-'));
  const started = shell === 'electron' ? await startElectron(home) : await startBrowser(home);
  const problems: string[] = [];
  started.page.on('pageerror', (error) => problems.push(String(error)));
  started.page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} ${message.location().url}`);
  });
  started.page.on('response', (response) => {
    // The console says only that something was refused; this says why.
    if (response.status() >= 400)
      void response.text().then(
        (why) => problems.push(`${response.url()}: ${why}`),
        () => undefined,
      );
  });
  started.page.setDefaultTimeout(20_000);
  await started.page.waitForSelector('[data-ready]');
  return {
    ...started,
    home,
    problems,
    close: async ({ keepHome = false } = {}) => {
      await started.end();
      if (!keepHome) rmSync(home, { recursive: true, force: true });
    },
  };
}

type Started = Pick<App, 'page' | 'electron' | 'pid'> & { end(): Promise<void> };

async function startElectron(home: string): Promise<Started> {
  const executablePath = findElectron();
  if (!executablePath) throw new Error('no Electron binary here');
  const electron = await _electron.launch({
    executablePath,
    args: [...appArguments(executablePath), ...FLAGS, `--user-data-dir=${join(home, 'chromium')}`],
    env: { ...process.env, RESIDUA_HOME: home, RESIDUA_PROJECTS: join(home, 'projects'), LANG: 'en_US.UTF-8' },
  });
  const page = await electron.firstWindow();
  return { page, electron, pid: electron.process().pid!, end: () => electron.close() };
}

/** The `electron` package's binary takes the app's folder; the one without a default app finds it at `resources/app`. */
function appArguments(binary: string): string[] {
  const resources = join(dirname(binary), 'resources');
  if (existsSync(join(resources, 'default_app.asar'))) return [root];
  const app = join(resources, 'app');
  try {
    unlinkSync(app);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  symlinkSync(root, app, 'dir');
  return [];
}

async function startBrowser(home: string): Promise<Started> {
  const executablePath = findBrowser();
  if (!executablePath) throw new Error('no browser here');
  const server = spawn(process.execPath, [join(root, 'out/main/cli.js'), 'serve', '--port', '0'], {
    cwd: root,
    env: { ...process.env, RESIDUA_HOME: home, RESIDUA_PROJECTS: join(home, 'projects') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await printedUrl(server);
  const browser = await chromium.launch({
    executablePath,
    args: [...FLAGS, '--disable-background-networking'],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(url);
  return {
    page,
    electron: null,
    pid: server.pid!,
    end: async () => {
      await browser.close();
      const ended = new Promise((done) => server.once('exit', done));
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGTERM');
        await ended;
      }
    },
  };
}

/** The first URL that the server prints, with its one-time token. */
function printedUrl(server: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const said: string[] = [];
    for (const stream of [server.stdout!, server.stderr!])
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const url = /http:\/\/127\.0\.0\.1:\S+/.exec(line)?.[0];
        if (url) found(url);
      });
    server.once('exit', (code) => failed(new Error(`the server ended with ${code}:\n${said.join('\n')}`)));
  });
}

/** Chooses a folder in the dialog that `ask` opens. The system's own cannot be driven: there it answers as if it had been chosen. */
export async function chooseFolder(app: App, folder: string, ask: () => Promise<void>): Promise<void> {
  await app.electron?.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, folder);
  await ask();
  if (app.electron) return;
  const { page } = app;
  await page.getByLabel('Folder', { exact: true }).fill(folder);
  await page.getByRole('button', { name: 'Go', exact: true }).click();
  await page.getByRole('option').or(page.getByText('No folder lies in this one')).first().waitFor();
  await page.getByRole('button', { name: 'Choose this folder' }).click();
}

/** Waits for the probe's first opinions. */
export const probed = (page: Page): Promise<void> =>
  page
    .getByRole('banner')
    .first()
    .getByText(/AUC \.8\d\d/)
    .waitFor({ timeout: 360_000 });

/** The services of a running app, as command lines reach them. */
export async function services(app: App): ReturnType<typeof connectSocket> {
  const sockets = dirname(socketPath());
  const own = await vi.waitFor(() => {
    const name = readdirSync(sockets).find((found) => found.startsWith(`residua-${app.pid}-`));
    if (!name) throw new Error(`${userInfo().username} has no socket of process ${app.pid}`);
    return join(sockets, name);
  });
  return connectSocket(own);
}
