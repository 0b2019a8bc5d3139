/**
 * `npm start [-- PROJECT]`: builds where sources are newer, then opens the app: in Electron where it can, else in the default
 * browser, and where there is no display as an address to be opened elsewhere. Says which, and why.
 * `--browser` asks for the browser; `--electron` has Electron's installer try again.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { buildIfStale } from './build.mjs';
import { electronBinary } from './electron.mjs';

const root = resolve(import.meta.dirname, '..');
const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')));
const named = process.argv.slice(2).find((word) => !word.startsWith('--'));
const project = named === undefined ? null : resolve(process.env.INIT_CWD ?? process.cwd(), named);

const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);

const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The child ends with us. Ctrl+C reaches both; we wait for it. */
function bound(child) {
  for (const signal of END_SIGNALS) process.on(signal, () => child.kill(signal === 'SIGINT' ? 'SIGTERM' : signal));
  return child;
}

/** Opens the window. @returns why it did not open, or null once it has been closed again */
async function inElectron(binary) {
  const child = bound(
    spawn(binary, [root, ...(project ? [project] : [])], { cwd: root, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] }),
  );
  let said = '';
  let opened = false;
  child.stderr.on('data', (bytes) => {
    if (opened) process.stderr.write(bytes);
    else said = (said + bytes).slice(-4000);
  });
  child.on('message', (message) => {
    if (message !== 'ready') return;
    opened = true;
    console.log('Residua is open in its window (Electron).');
  });
  const code = await new Promise((end) => {
    child.once('error', (error) => end(error.message));
    child.once('exit', (status, signal) => end(signal ?? status));
  });
  if (opened || code === 0) return null;
  const why = /sandbox/i.test(said) ? 'the system does not let it make a sandbox' : `it ended with ${code}`;
  return `Electron could not open a window (${why})`;
}

const OPENERS = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''], linux: ['xdg-open'] };

/** Serves the app to a browser until it is told to end. */
async function inBrowser(reason) {
  console.log(`Residua runs in the browser: ${reason}.`);
  const args = [resolve(root, 'out/main/cli.js'), 'serve', ...(project ? ['--project', project] : [])];
  const server = bound(spawn(process.execPath, args, { cwd: root, stdio: ['inherit', 'pipe', 'inherit'] }));
  let first = true;
  createInterface({ input: server.stdout }).on('line', (line) => {
    const url = /http:\/\/127\.0\.0\.1:\d+\S*/.exec(line)?.[0];
    if (!url) return console.log(line);
    const opens = first && hasDisplay;
    first = false;
    console.log(opens ? `It opens in your browser; if not, go to (works once):\n${url}` : `Open (works once):\n${url}`);
    if (!opens) return;
    const [command, ...before] = OPENERS[process.platform] ?? OPENERS.linux;
    spawn(command, [...before, url], { stdio: 'ignore', detached: true })
      .on('error', () => console.log('No browser could be opened from here.'))
      .unref();
  });
  return new Promise((end) => server.once('exit', (code) => end(code ?? 0)));
}

/** Why the window cannot be Electron's, or null once it was, and is closed. */
async function tryElectron() {
  if (flags.has('--browser')) return 'you asked for it';
  if (!hasDisplay) return 'there is no display here';
  if (process.platform === 'linux' && process.getuid() === 0) return 'Electron has no sandbox for root';
  const found = await electronBinary({ again: flags.has('--electron') });
  return 'reason' in found ? found.reason : inElectron(found.binary);
}

try {
  await buildIfStale();
} catch {
  process.exit(1);
}
const reason = await tryElectron();
process.exitCode = reason === null ? 0 : await inBrowser(reason);
