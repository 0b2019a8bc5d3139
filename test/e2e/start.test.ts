import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

it('npm start says which shell it is and why, prints an address that works once, and ends with its server', async () => {
  const home = mkdtempSync(join(tmpdir(), 'residua-start-'));
  const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
  const started = spawn(process.execPath, [join(root, 'scripts', 'start.mjs')], {
    env: { ...env, RESIDUA_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines: string[] = [];
    const url = await new Promise<string>((found, failed) => {
      createInterface({ input: started.stdout }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('http://127.0.0.1:')) found(line);
      });
      started.once('exit', (code) => failed(new Error(`ended with ${code}: ${lines.join('\n')}`)));
    });
    if (process.platform === 'linux') expect(lines.join('\n')).toContain('in the browser: there is no display here.');
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url)).status).toBe(401);
    const closed = new Promise((ended) => started.once('close', ended));
    started.kill('SIGTERM');
    await closed;
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  } finally {
    started.kill('SIGTERM');
    rmSync(home, { recursive: true });
  }
});
