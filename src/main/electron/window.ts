import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrowserWindow } from 'electron';
import { APP_URL } from './protocol';

/** `out/preload/preload.cjs`, from wherever the bundler put this code. */
function preloadPath(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const file = join(at, 'preload', 'preload.cjs');
    if (existsSync(file)) return file;
    if (dirname(at) === at) throw new Error('out/preload/preload.cjs is missing: run `npm run build`');
  }
}

/** The app's window. What it may do: nothing but show its page and speak through one port. */
export function openWindow(): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    backgroundColor: '#0e1116',
    title: 'Residua',
    webPreferences: {
      preload: preloadPath(),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      // Undo, the clipboard and screen readers work without it; autofill and link previews have nothing to do here.
      navigateOnDragDrop: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(APP_URL);
  return window;
}
