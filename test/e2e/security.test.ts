import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT } from '../../config/fuses.js';
import { setFuses } from '../../scripts/electron.mjs';
import { findElectron } from '../setup/machine.mjs';
import { shell, startApp, type App } from './app';

/** What a hostile script in the page could try (docs/security.md): each of it must come to nothing. */
let app: App;
let outside: Server;
let address: string;
const reached: string[] = [];

beforeAll(async () => {
  outside = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*').end('outside');
  });
  await new Promise<void>((done) => outside.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
  app = await startApp();
});
afterAll(async () => {
  await app?.close();
  outside.close();
});

describe('the page', () => {
  it('runs no code but its own files', async () => {
    const ran = await app.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.head.append(script);
      const element = document.createElement('div');
      element.innerHTML = '<img src="x:" onerror="window.injected = true">';
      document.body.append(element);
      await new Promise((done) => setTimeout(done, 300));
      let evaluated = false;
      try {
        evaluated = new Function('return true')() as boolean;
      } catch {
        evaluated = false;
      }
      return { injected: 'injected' in window, evaluated };
    });
    expect(ran).toEqual({ injected: false, evaluated: false });
  });

  it('reaches nothing outside', async () => {
    const tried = await app.page.evaluate(async (to) => {
      const attempt = async (work: () => Promise<unknown>): Promise<string> => {
        try {
          await work();
          return 'reached';
        } catch {
          return 'refused';
        }
      };
      const loads = (tag: 'img' | 'script' | 'iframe' | 'link'): Promise<unknown> =>
        new Promise((done, fail) => {
          const element = document.createElement(tag);
          element.onload = done;
          element.onerror = fail;
          if (element instanceof HTMLLinkElement) {
            element.rel = 'stylesheet';
            element.href = `${to}/${tag}`;
          } else element.setAttribute('src', `${to}/${tag}`);
          document.body.append(element);
          setTimeout(fail, 1000);
        });
      return {
        fetch: await attempt(() => fetch(`${to}/fetch`, { mode: 'no-cors' })),
        img: await attempt(() => loads('img')),
        script: await attempt(() => loads('script')),
        link: await attempt(() => loads('link')),
        beacon: navigator.sendBeacon(`${to}/beacon`),
        socket: await attempt(
          () =>
            new Promise((done, fail) => {
              const socket = new WebSocket(`${to.replace('http', 'ws')}/socket`);
              socket.onopen = done;
              socket.onerror = fail;
            }),
        ),
        frame: (await attempt(() => loads('iframe'))) && 'tried',
      };
    }, address);
    expect(tried).toMatchObject({
      fetch: 'refused',
      img: 'refused',
      script: 'refused',
      link: 'refused',
      socket: 'refused',
    });
    expect(reached).toEqual([]);
  });

  it('gets no permission', async () => {
    const answers = await app.page.evaluate(async () => {
      const named = ['geolocation', 'notifications', 'camera', 'microphone'];
      const states: string[] = [];
      for (const name of named)
        states.push(await navigator.permissions.query({ name: name as PermissionName }).then((status) => status.state));
      const camera = await navigator.mediaDevices?.getUserMedia({ video: true }).then(
        () => 'given',
        () => 'refused',
      );
      return { states, camera: camera ?? 'refused' };
    });
    expect(answers.camera).toBe('refused');
    expect(answers.states).not.toContain('granted');
  });

  it('has nothing of Node', async () => {
    const found = await app.page.evaluate(() => ({
      globals: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in window),
      bridge: Object.keys((window as unknown as { residua?: object }).residua ?? {}),
    }));
    expect(found).toEqual({ globals: [], bridge: shell === 'electron' ? ['shell'] : [] });
  });
});

const ofElectron = (): void => {
  it('is sandboxed, isolated, without Node', async () => {
    const preferences = await app.electron!.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      const all = (
        window!.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }
      ).getLastWebPreferences();
      return Object.fromEntries(
        ['sandbox', 'contextIsolation', 'nodeIntegration', 'webSecurity', 'webviewTag'].map((key) => [key, all[key]]),
      );
    });
    expect(preferences).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
  });

  it('goes nowhere and opens nothing', async () => {
    const url = app.page.url();
    const opened = await app.page.evaluate((to) => {
      const child = window.open(`${to}/open`);
      const link = document.createElement('a');
      link.href = `${to}/link`;
      document.body.append(link);
      link.click();
      return child === null;
    }, address);
    await app.page.evaluate((to) => void (location.href = `${to}/href`), address);
    await app.page.waitForTimeout(500);
    expect(opened).toBe(true);
    expect(app.page.url()).toBe(url);
    expect(await app.electron!.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
    expect(reached).toEqual([]);
  });

  it('has a session that cancels every request to the outside, whoever makes it', async () => {
    const outcome = await app.electron!.evaluate(async ({ session }, to) => {
      const tried = await session.defaultSession.fetch(`${to}/session`).then(
        () => 'reached',
        (error: Error) => error.message,
      );
      const name = await session.defaultSession.resolveHost('localhost').then(
        () => 'resolved',
        () => 'refused',
      );
      return { tried, name };
    }, address);
    expect(outcome.tried).toContain('ERR_BLOCKED_BY_CLIENT');
    expect(outcome.name).toBe('refused');
    expect(reached).toEqual([]);
  });

  it('reads one folder over app://, however a path is written', async () => {
    const root = resolve(import.meta.dirname, '../..');
    const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
    const answers = await app.page.evaluate(async () => {
      const paths = [
        '/../../package.json',
        '/..%2f..%2fpackage.json',
        '/%2e%2e/%2e%2e/package.json',
        '/assets/..%2f..%2f..%2fpackage.json',
        '/..%5c..%5cpackage.json',
        '/%00',
      ];
      const seen: [number, string][] = [];
      for (const path of paths)
        seen.push(
          await fetch(`app://residua${path}`).then(
            async (reply) => [reply.status, await reply.text()] as [number, string],
          ),
        );
      const page = await fetch('app://residua/index.html');
      const elsewhere = await fetch('app://elsewhere/index.html').then(
        (reply) => reply.status,
        () => 403,
      );
      return { seen, elsewhere, page: page.status, policy: page.headers.get('content-security-policy') };
    });
    for (const [status, body] of answers.seen) {
      expect(status).toBe(404);
      expect(body).not.toContain(version);
    }
    expect(answers).toMatchObject({ page: 200, elsewhere: 403 });
    expect(answers.policy).toContain("default-src 'none'");
  });

  it('sets the fuses of its binary', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'residua-fuses-'));
    try {
      const copy = join(dir, 'electron');
      copyFileSync(findElectron()!, copy);
      writeFileSync(join(dir, 'LICENSE'), '');
      await setFuses(copy, PRODUCT);
      const wire = await getCurrentFuseWire(copy);
      const off = '0'.charCodeAt(0);
      for (const fuse of [
        'RunAsNode',
        'EnableNodeOptionsEnvironmentVariable',
        'EnableNodeCliInspectArguments',
      ] as const)
        expect(wire[FuseV1Options[fuse]], fuse).toBe(off);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
};
if (shell === 'electron') describe('the window', ofElectron);
