import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { resourcePath } from '@main/project/resources';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { watchDrawing } from './drawing';
import type { Drawn } from './drawing';
import { spread } from './figures';
import { memoryOf, openOwnBrowser } from './ownBrowser';
import type { Memory, OwnBrowser } from './ownBrowser';
import { syntheticArrays } from './synthetic';
import { makeProject } from './workplace';
import type { Workplace } from './workplace';

/** Longer than between two drawings while slices arrive. */
const QUIET = 2500;
const LIMIT = 180_000;
/** What a page gives back when nobody drives it any more takes a moment. */
const SETTLE = 1500;
/** Longer than the reading process waits for another volume. */
const RESTED = 8000;
const PLANES = '[data-pane=axial], [data-pane=sagittal], [data-pane=coronal]';

/** View in a browser of its own, ready to open files. */
export interface ViewWindow {
  readonly browser: OwnBrowser;
  /** @param rest milliseconds until it is measured: what nobody uses any more ends by itself */
  memory(rest?: number): Promise<Memory>;
  close(): Promise<void>;
}

/** Starts the browser shell with a small project, and goes to View. */
export async function openView(place: Workplace, context: Context): Promise<ViewWindow> {
  await makeProject(place, 'view', syntheticArrays(place.dir, 40), context);
  const cli = join(dirname(resourcePath()), 'out/main/cli.js');
  const server = spawn(process.execPath, [cli, 'serve', '--json'], {
    env: { ...process.env, RESIDUA_HOME: place.home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = (): void => void server.kill('SIGTERM');
  process.once('exit', end);
  const line = await new Promise<string>((found, failed) => {
    server.once('exit', (code) => failed(new UserError('internal', `the server ended with ${code}`)));
    createInterface({ input: server.stdout }).once('line', found);
  });
  const { url } = JSON.parse(line) as { url: string };
  const browser = await openOwnBrowser();
  await browser.drive(async (page) => {
    await page.goto(url);
    await page.locator('.recent .open').first().click();
    await page.locator('[role=gridcell]').first().waitFor();
    await page.locator('nav a[href*="view"]').first().click();
    await page.locator('.stage[data-drawn]').first().waitFor();
    await page.evaluate(watchDrawing);
  });
  return {
    browser,
    async memory(rest = SETTLE) {
      // What the driver left behind is collected too.
      await browser.drive(async (page) => {
        const devtools = await page.context().newCDPSession(page);
        await devtools.send('HeapProfiler.collectGarbage');
      });
      await setTimeout(rest);
      return memoryOf(browser.pid, server.pid!);
    },
    async close() {
      await browser.close();
      const ended = new Promise((done) => server.once('exit', done));
      end();
      process.off('exit', end);
      await ended;
    },
  };
}

export interface Opened extends Drawn {
  /** From the choice of the folder until its volumes are on screen, and from there on the rest, milliseconds. */
  readonly listed: number;
}

/** Chooses a folder and shows the first volume in it, as a person does. */
export async function openFolder(page: Page, dir: string): Promise<Opened> {
  await page.getByRole('button', { name: 'Open folder…' }).click();
  await page.getByLabel('Folder', { exact: true }).fill(dir);
  await page.getByRole('button', { name: 'Go', exact: true }).click();
  await page.getByRole('option').or(page.getByText('No folder lies in this one')).first().waitFor();
  const choose = page.getByRole('button', { name: 'Choose this folder' });
  const listed = await choose.evaluate(async (button: HTMLElement) => {
    const start = performance.now();
    button.click();
    for (;;) {
      await new Promise(requestAnimationFrame);
      const shown = [...document.querySelectorAll<HTMLElement>('[role=dialog] td button')];
      if (shown.length > 0) return performance.now() - start;
      if (performance.now() - start > 120_000) throw new Error('not listed within two minutes');
    }
  });
  return { listed, ...(await showListed(page)) };
}

/** Shows the first volume of the list that is on screen. */
export function showListed(page: Page, quiet = QUIET): Promise<Drawn> {
  const watched = { planes: PLANES, under: '.stage-canvas', quiet, limit: LIMIT };
  return page.evaluate((watch) => {
    // What was shown before is not what is waited for.
    globalThis.residuaStart = performance.now();
    document.querySelector<HTMLElement>('[role=dialog] td button')!.click();
    return globalThis.residuaDrawn!(watch);
  }, watched);
}

/** Back to the case: the volume is closed. */
export async function closeVolume(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Back to the case' }).click();
  await page.locator('.stage[data-drawn]').first().waitFor();
}

export interface Smooth {
  /** Milliseconds from one slice drawn and read back to the next while the wheel turns. */
  readonly slice: ReturnType<typeof spread>;
  /** Milliseconds from a turn of the wheel at any time within a frame until its slice is drawn and read back. */
  readonly latency: ReturnType<typeof spread>;
  /** Frames a second while the window is dragged. */
  readonly drag: number;
}

/** Turns slices and drags the window on one view of 512 × 512 pixels. */
export async function smoothness(page: Page): Promise<Smooth> {
  const axial = page.locator('[data-pane=axial]');
  await axial.dblclick({ position: { x: 20, y: 120 } });
  const devtools = await page.context().newCDPSession(page);
  const { width, height } = (await axial.boundingBox())!;
  const outer = await page.evaluate(() => [innerWidth, innerHeight] as const);
  await devtools.send('Emulation.setDeviceMetricsOverride', {
    width: Math.round(outer[0] - width + 512),
    height: Math.round(outer[1] - height + 512),
    deviceScaleFactor: 1,
    mobile: false,
  });
  await page.waitForTimeout(600);
  const slice = spread(await axial.evaluate(turnSlices));
  const latency = spread(await axial.evaluate(turnAtAnyTime));
  const dragged = await axial.evaluate(dragWindow);
  await devtools.send('Emulation.clearDeviceMetricsOverride');
  await page.waitForTimeout(300);
  await axial.dblclick({ position: { x: 20, y: 120 } });
  return { slice, latency, drag: Math.round(10_000 / (dragged.reduce((a, b) => a + b, 0) / dragged.length)) / 10 };
}

/** Milliseconds from frame to frame while each has another slice, read back. */
async function turnSlices(pane: HTMLElement): Promise<number[]> {
  const gl = document.querySelector<HTMLCanvasElement>('.stage-canvas')!.getContext('webgl2')!;
  const { x, y } = pane.getBoundingClientRect();
  const times: number[] = [];
  for (let i = 0, last = performance.now(); i < 120; i += 1) {
    const deltaY = i % 40 < 20 ? 40 : -40;
    pane.dispatchEvent(new WheelEvent('wheel', { deltaY, clientX: x + 200, clientY: y + 200, cancelable: true }));
    await new Promise(requestAnimationFrame);
    gl.readPixels(10, 10, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  return times;
}

/** Milliseconds from each turn of the wheel until its slice is there: whatever is drawn then is drawn for it. */
async function turnAtAnyTime(pane: HTMLElement): Promise<number[]> {
  const gl = document.querySelector<HTMLCanvasElement>('.stage-canvas')!.getContext('webgl2')!;
  const { x, y } = pane.getBoundingClientRect();
  let drawn: (() => void) | null = null;
  const draw = gl.drawArrays.bind(gl);
  gl.drawArrays = (...given) => {
    draw(...given);
    // All views of this drawing are done by then.
    const tell = drawn;
    drawn = null;
    if (tell) queueMicrotask(tell);
  };
  const times: number[] = [];
  for (let i = 0; i < 80; i += 1) {
    await new Promise((next) => window.setTimeout(next, 60 + ((i * 7) % 17)));
    const start = performance.now();
    const there = new Promise<void>((tell) => (drawn = tell));
    const deltaY = i % 20 < 10 ? 40 : -40;
    pane.dispatchEvent(new WheelEvent('wheel', { deltaY, clientX: x + 200, clientY: y + 200, cancelable: true }));
    await there;
    gl.readPixels(10, 10, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    times.push(performance.now() - start);
  }
  gl.drawArrays = draw;
  return times;
}

/** Milliseconds from frame to frame while the window is dragged, each read back. */
async function dragWindow(pane: HTMLElement): Promise<number[]> {
  const gl = document.querySelector<HTMLCanvasElement>('.stage-canvas')!.getContext('webgl2')!;
  const { x, y } = pane.getBoundingClientRect();
  pane.setPointerCapture = () => undefined;
  const say = (type: string, dx: number, dy: number): boolean =>
    pane.dispatchEvent(
      new PointerEvent(type, { clientX: x + dx, clientY: y + dy, button: 2, buttons: 2, pointerId: 1 }),
    );
  say('pointerdown', 200, 200);
  const times: number[] = [];
  for (let i = 0, last = performance.now(); i < 120; i += 1) {
    say('pointermove', 200 + (i % 60), 200 + (i % 7));
    await new Promise(requestAnimationFrame);
    gl.readPixels(10, 10, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  say('pointerup', 260, 200);
  return times;
}

export interface InWindow {
  readonly opened: Opened;
  readonly smooth: Smooth | null;
  /** Resident megabytes before a volume was opened, while it was, and after it was closed; after the last of many, if asked for. */
  readonly memory: {
    readonly before: Memory;
    readonly open: Memory;
    readonly closed: Memory;
    readonly soaked: Memory | null;
  };
}

/**
 * Opens a folder's first volume in View, turns and drags it, closes it again.
 * @param o.soak how many times more it is opened and closed
 * @param o.smooth whether it is turned and dragged
 */
export async function inWindow(
  place: Workplace,
  dir: string,
  o: { soak: number; smooth: boolean },
  context: Context,
): Promise<InWindow> {
  const { output } = context;
  const view = await openView(place, context);
  const { browser } = view;
  try {
    const before = await view.memory();
    const opened = await browser.drive((page) => openFolder(page, dir));
    const open = await view.memory();
    const smooth = o.smooth ? await browser.drive(smoothness) : null;
    await browser.drive(closeVolume);
    const closed = await view.memory(RESTED);
    // Within one drive: each leaves a world of its own in the page, which would count as the page's.
    await browser.drive(async (page) => {
      for (let i = 0; i < o.soak; i += 1) {
        await page.getByRole('button', { name: 'Volumes found' }).click();
        const { settled } = await showListed(page, 800);
        if (settled === null) throw new UserError('internal', `the volume did not come on screen the ${i + 2}th time`);
        await closeVolume(page);
        if (i % 10 === 9) output.note(`opened and closed ${i + 1} times`);
      }
    });
    return { opened, smooth, memory: { before, open, closed, soaked: o.soak > 0 ? await view.memory(RESTED) : null } };
  } finally {
    await view.close();
  }
}
