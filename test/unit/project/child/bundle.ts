import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '..', '..', '..', '..');

/** Bundles a TypeScript entry for a plain Node process; native packages stay outside. @returns the file and how to remove it */
export async function bundle(entry: string): Promise<{ file: string; remove: () => void }> {
  const name = `child-${process.pid}-${Date.now()}`;
  // Inside the checkout, so that native packages are found.
  const outDir = resolve(root, 'node_modules', '.cache', 'residua-test', name);
  mkdirSync(outDir, { recursive: true });
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': resolve(root, 'src/shared'), '@main': resolve(root, 'src/main') } },
    ssr: { noExternal: true, external: ['libsql', 'sharp'] },
    build: {
      ssr: resolve(import.meta.dirname, entry),
      outDir,
      rollupOptions: { output: { entryFileNames: 'child.mjs' } },
      minify: false,
    },
  });
  return { file: resolve(outDir, 'child.mjs'), remove: () => rmSync(outDir, { recursive: true, force: true }) };
}

/** A running child and the lines that it has printed so far. */
export function start(
  file: string,
  args: readonly string[],
): { child: ChildProcess; lines: string[]; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
  });
  const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
  return { child, lines, ended };
}

export async function until(condition: () => boolean, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((go) => setTimeout(go, 1));
  }
}
