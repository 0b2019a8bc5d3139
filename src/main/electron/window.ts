import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrowserWindow, screen } from 'electron';
import { userDataDir } from '@main/api/userDir';
import { LEAST, placeOn, readPlace, writePlace } from './place';
import { APP_URL } from './protocol';

/** Milliseconds of rest before a moved window's place is written. */
const REST = 500;
/** Pixels by which a further window is set off. */
const BESIDE = 32;

/** `out/preload/preload.cjs`, from wherever the bundler put this code. */
function preloadPath(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const file = join(at, 'preload', 'preload.cjs');
    if (existsSync(file)) return file;
    if (dirname(at) === at) throw new Error('out/preload/preload.cjs is missing: run `npm run build`');
  }
}

const placeFile = (): string => join(userDataDir(), 'window.json');

/** Remembers where the window stands, from its first move on. */
function rememberPlace(window: BrowserWindow): void {
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    if (!window.isDestroyed())
      writePlace(placeFile(), { ...window.getNormalBounds(), maximized: window.isMaximized() });
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(write, REST);
  };
  window.on('move', later);
  window.on('resize', later);
  window.on('maximize', later);
  window.on('unmaximize', later);
  window.on('close', write);
}

/** Work areas of all screens, the main one first. */
function areas(): Electron.Rectangle[] {
  const main = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== main.id);
  return [main, ...others].map(({ workArea }) => workArea);
}

/**
 * A window of the app. What it may do: nothing but show its page and speak through one port.
 * @param beside the window that it is opened from, if any
 */
export function openWindow(beside?: BrowserWindow): BrowserWindow {
  const { maximized, ...place } = placeOn(areas(), beside ? setOff(beside) : readPlace(placeFile()));
  const window = new BrowserWindow({
    ...place,
    minWidth: LEAST.width,
    minHeight: LEAST.height,
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
  if (maximized) window.maximize();
  rememberPlace(window);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(APP_URL);
  return window;
}

function setOff(window: BrowserWindow): { x: number; y: number; width: number; height: number; maximized: boolean } {
  const { x, y, width, height } = window.getNormalBounds();
  return { x: x + BESIDE, y: y + BESIDE, width, height, maximized: false };
}
