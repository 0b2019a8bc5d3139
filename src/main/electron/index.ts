/** Electron's entry: one instance, its windows, the services behind them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Menu, session } from 'electron';
import { userDataDir } from '@main/api/userDir';
import { rendererDir } from '@main/web/static';
import type { Backend } from './backend';
import { appMenu } from './menu';
import { answerApp, isOurs, registerAppScheme } from './protocol';
import { quietChromium, secureContents, secureSession } from './security';
import { openWindow } from './window';

/** Milliseconds that work under way has to end when the app is closed. */
const CLOSE_MS = 5000;

registerAppScheme();
quietChromium(app.commandLine);
// Chromium has no sandbox for root, who may only test: the page has no Node then either.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
// Chromium's own files lie beside the settings, so that another RESIDUA_HOME is another app in every respect.
app.setPath('userData', join(userDataDir(), 'window'));

if (app.requestSingleInstanceLock()) start();
else app.quit();

function start(): void {
  /** The one that the person works in; any, where none has the focus. */
  const window = (): BrowserWindow | null =>
    BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0] ?? null;
  let services: Promise<Backend> | null = null;

  app.on('web-contents-created', (_event, contents) => secureContents(contents));
  app.on('window-all-closed', () => app.quit());
  app.on('second-instance', (_event, argv, cwd) => {
    const there = window();
    if (there?.isMinimized()) there.restore();
    there?.focus();
    openNamed(argv, cwd);
  });
  app.on('before-quit', (event) => {
    if (!services) return;
    event.preventDefault();
    const ending = services;
    services = null;
    const closed = ending.then((backend) => backend.close()).catch((error: unknown) => console.error(error));
    // Labels are durable and runs go on from their last epoch: nothing is lost where something does not end in time.
    void Promise.race([closed, new Promise((late) => setTimeout(late, CLOSE_MS))]).finally(() => app.exit());
  });

  /** A project named on the command line. */
  const openNamed = (argv: readonly string[], cwd: string): void => {
    const named = argv
      .slice(1)
      .filter((word) => !word.startsWith('-'))
      .map((word) => resolve(cwd, word))
      .find((path) => existsSync(join(path, 'project.db')));
    if (named)
      void services
        ?.then((backend) => backend.services.open(named))
        .catch((error: unknown) =>
          dialog.showErrorBox('Residua', error instanceof Error ? error.message : String(error)),
        );
  };

  app
    .whenReady()
    .then(() => {
      secureSession(session.defaultSession);
      Menu.setApplicationMenu(appMenu());
      const root = rendererDir();
      // The window loads its page while the services load theirs.
      services = import('./backend').then(({ backend }) =>
        backend(window, () => void openWindow(window() ?? undefined)),
      );
      answerApp(session.defaultSession, root, services);
      ipcMain.on('residua-port', (event) => {
        const [port] = event.ports;
        if (!port || event.senderFrame?.parent !== null || !isOurs(event.senderFrame.url)) return;
        void services?.then((backend) => backend.accept(port));
      });
      const first = openWindow();
      openNamed(process.argv, process.cwd());
      services.catch((error: unknown) => {
        dialog.showErrorBox(
          'Residua cannot start',
          error instanceof Error ? (error.stack ?? error.message) : String(error),
        );
        app.exit(1);
      });
      // Whoever started us (scripts/start.mjs) waits to hear that there is a window.
      first.once('ready-to-show', () => process.send?.('ready'));
    })
    .catch((error: unknown) => {
      console.error(error);
      app.exit(1);
    });
}
