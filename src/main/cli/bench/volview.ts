import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import type { CDPSession } from 'playwright-core';
import { UserError } from '@shared/errors';
import { watchDrawing } from './drawing';
import type { Drawn } from './drawing';
import { openOwnBrowser } from './ownBrowser';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};
const QUIET = 4000;
const LIMIT = 240_000;

/**
 * Opens the same files in Kitware's VolView, served from its build, in the same browser under the same flags: a fresh one, as a person who starts it.
 * @param dist the folder `dist` of the npm package `volview`
 */
export async function openInVolView(dist: string, series: string): Promise<Drawn> {
  const server = await serve(resolve(dist));
  const browser = await openOwnBrowser();
  try {
    const files = (await readdir(series)).map((name) => join(series, name));
    return await browser.drive(async (page) => {
      await page.addInitScript(keepPictures);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.getByText('Click to open local files').waitFor();
      // Its codecs have time to arrive: only the files are timed.
      await page.waitForTimeout(5000);
      await page.evaluate(watchDrawing);
      const devtools = await page.context().newCDPSession(page);
      const input = await fileInput(devtools, () => page.getByText('Click to open local files').click());
      await page.evaluate(() => void (globalThis.residuaStart = performance.now()));
      await devtools.send('DOM.setFileInputFiles', { files, backendNodeId: input });
      const planes = '[data-testid~="vtk-two-view"] canvas';
      return page.evaluate((watched) => globalThis.residuaDrawn!(watched), { planes, quiet: QUIET, limit: LIMIT });
    });
  } finally {
    await browser.close();
    server.close();
  }
}

/** A canvas forgets its picture after each frame unless it is told to keep it: here it is read back. */
function keepPictures(): void {
  const { getContext } = HTMLCanvasElement.prototype;
  const plain = getContext as (this: HTMLCanvasElement, kind: string, options?: object) => RenderingContext | null;
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, options?: object) {
    const kept = kind.startsWith('webgl') ? { ...options, preserveDrawingBuffer: true } : options;
    return plain.call(this, kind, kept);
  } as typeof getContext;
}

/** The input behind a dialog of files, which is no part of the page. */
async function fileInput(devtools: CDPSession, ask: () => Promise<void>): Promise<number> {
  await devtools.send('Page.enable');
  await devtools.send('Page.setInterceptFileChooserDialog', { enabled: true });
  const asked = new Promise<number | undefined>((found) =>
    devtools.once('Page.fileChooserOpened', ({ backendNodeId }) => found(backendNodeId)),
  );
  await ask();
  const node = await asked;
  if (node === undefined) throw new UserError('internal', 'VolView asked for files in another way than expected');
  return node;
}

async function serve(root: string): Promise<ReturnType<typeof createServer>> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = resolve(join(root, pathname === '/' ? 'index.html' : decodeURIComponent(pathname)));
    void stat(file).then(
      () => {
        if (!file.startsWith(root + sep)) return void response.writeHead(403).end();
        response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
        createReadStream(file).pipe(response);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}
