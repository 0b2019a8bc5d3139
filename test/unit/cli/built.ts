import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import config from '../../../electron.vite.config';

const root = resolve(import.meta.dirname, '../../..');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one line of `--json`. @throws where stdout is anything else */
  json(): Record<string, unknown>;
}

/** The command line as it is shipped, built from the present sources, with a home folder of its own. */
export interface Residua {
  /** A folder for projects and files. */
  readonly dir: string;
  run(...args: string[]): Promise<Ran>;
  start(...args: string[]): ChildProcess;
  remove(): void;
}

const UNTOLD = { CI: undefined, XDG_CACHE_HOME: undefined, ORT_DISABLE_TELEMETRY: undefined };

/** Builds it inside the checkout, so that native packages and resources are found as they are from `out/main`. */
export async function builtCommandLine(): Promise<Residua> {
  const cache = resolve(root, 'node_modules', '.cache', 'residua-test', `cli-${process.pid}-${Date.now()}`);
  const outDir = join(cache, 'out', 'main');
  mkdirSync(outDir, { recursive: true });
  const { input, external } = mainOptions();
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias: { '@shared': resolve(root, 'src/shared'), '@main': resolve(root, 'src/main') } },
    ssr: { noExternal: true, external: ['libsql', 'sharp', 'onnxruntime-node', '@tensorflow/tfjs-core'] },
    build: {
      ssr: true,
      outDir,
      minify: false,
      rollupOptions: { input, external, output: { format: 'es', entryFileNames: '[name].js' } },
    },
  });
  const dir = mkdtempSync(join(tmpdir(), 'residua-cli-'));
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [join(outDir, 'cli.js'), ...args], {
      cwd: dir,
      // As on a person's machine: nothing is told to onnxruntime but by Residua itself.
      env: { ...process.env, HOME: join(dir, 'home'), RESIDUA_HOME: join(dir, 'home'), ...UNTOLD },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    dir,
    start,
    run: (...args) => finished(start(...args)),
    remove: () => {
      rmSync(cache, { recursive: true, force: true });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The real build's entries, without the window's. */
function mainOptions(): { input: Record<string, string>; external: (string | RegExp)[] } {
  const options = (
    config as { main: { build: { rollupOptions: { input: Record<string, string>; external: (string | RegExp)[] } } } }
  ).main.build.rollupOptions;
  const { electron: _window, ...input } = options.input;
  return { input, external: options.external };
}

export async function finished(child: ChildProcess): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  const json = (): Record<string, unknown> => {
    if (!/^\{.*\}\n$/.test(stdout)) throw new Error(`not one line of JSON: ${JSON.stringify(stdout)}\n${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  return { code, stdout, stderr, json };
}
