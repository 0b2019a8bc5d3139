import type { Page } from 'playwright-core';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { spread } from './figures';
import { machineName } from './machine';
import { syntheticArrays } from './synthetic';
import { openWindow } from './window';
import type { WindowShell } from './window';
import { makeProject, workplace } from './workplace';

export interface GalleryOptions {
  samples: number;
  shell?: WindowShell;
}

const SCROLL_SECONDS = 10;

/** Opens a project of many samples in a real window and scrolls through it: by the wheel, by pages, by jumps. */
export async function benchGallery(options: GalleryOptions, context: Context): Promise<Answer> {
  const { output } = context;
  const place = workplace();
  try {
    output.note(`importing ${options.samples} synthetic samples`);
    const made = await makeProject(place, 'gallery', syntheticArrays(place.dir, options.samples), context);
    const window = await openWindow(place.home, options.shell);
    try {
      output.note(window.description);
      const first = await firstThumbnails(window.page);
      output.note('scrolling');
      const scrolled = await scroll(window.page);
      await window.devtools.send('HeapProfiler.collectGarbage');
      const { usedSize } = await window.devtools.send('Runtime.getHeapUsage');
      const json = {
        machine: machineName(),
        window: window.description,
        samples: made.samples,
        importSeconds: Math.round(made.seconds * 10) / 10,
        firstThumbnailsMs: Math.round(first),
        longestBlankMs: Math.round(Math.max(0, ...scrolled.blanks)),
        blanksAbove100Ms: scrolled.blanks.filter((ms) => ms > 100).length,
        cellsShown: scrolled.cells,
        frameMs: spread(scrolled.frames),
        heapBytes: usedSize,
      };
      return { json, text: report(json) };
    } finally {
      await window.close();
    }
  } finally {
    place.remove();
  }
}

/** Milliseconds from the click that opens the project until every cell on screen has its pixels. */
async function firstThumbnails(page: Page): Promise<number> {
  await page.locator('.recent .open').first().waitFor();
  return page.evaluate(async () => {
    const button = document.querySelector<HTMLElement>('.recent .open');
    const start = performance.now();
    button?.click();
    for (;;) {
      await new Promise(requestAnimationFrame);
      const grid = document.querySelector('[role=grid]');
      const bottom = grid?.getBoundingClientRect().bottom ?? 0;
      const cells = [...(grid?.querySelectorAll<HTMLElement>('[role=gridcell]') ?? [])].filter(
        (cell) => cell.getBoundingClientRect().top < bottom,
      );
      if (cells.length > 0 && cells.every((cell) => cell.querySelector('canvas[data-drawn]')))
        return performance.now() - start;
      if (performance.now() - start > 60_000) throw new Error('no thumbnails within a minute');
    }
  });
}

interface Scrolled {
  /** Milliseconds that single cells on screen stood without their pixels. */
  readonly blanks: number[];
  readonly cells: number;
  readonly frames: number[];
}

/** Real wheel events at a fast reader's pace, then pages by key, then jumps to far places. */
async function scroll(page: Page): Promise<Scrolled> {
  await page.locator('[role=gridcell]').first().click();
  await page.evaluate(watchBlanks);
  const box = await page.locator('[role=grid]').boundingBox();
  await page.mouse.move(box!.x + box!.width / 2, box!.y + box!.height / 2);
  const end = Date.now() + SCROLL_SECONDS * 1000;
  while (Date.now() < end) {
    await page.mouse.wheel(0, 240);
    await page.waitForTimeout(16);
  }
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('PageDown');
    await page.waitForTimeout(120);
  }
  for (let i = 1; i <= 10; i++) {
    await page.locator('[role=grid]').evaluate((grid, at) => grid.scrollTo({ top: grid.scrollHeight * at }), i / 11);
    await page.waitForTimeout(400);
  }
  return page.evaluate(() => (globalThis as unknown as BlankWatch).residuaBlanks());
}

interface BlankWatch {
  residuaBlanks: () => Scrolled;
}

/** Runs in the page: at every frame, which cells on screen show a sample without its pixels, and for how long. */
function watchBlanks(): void {
  const blankSince = new Map<string, number>();
  const blanks: number[] = [];
  const frames: number[] = [];
  const seen = new Set<string>();
  let last = performance.now();
  let running = true;
  const look = (now: number): void => {
    frames.push(now - last);
    last = now;
    const grid = document.querySelector('[role=grid]');
    const box = grid?.getBoundingClientRect();
    const blankNow = new Set<string>();
    for (const cell of grid?.querySelectorAll<HTMLElement>('[role=gridcell]') ?? []) {
      const { top, bottom } = cell.getBoundingClientRect();
      if (!box || bottom <= box.top || top >= box.bottom) continue;
      const key = cell.dataset['key'] ?? '';
      seen.add(key);
      if (cell.querySelector('canvas')?.dataset['drawn'] !== key) blankNow.add(key);
    }
    for (const key of blankNow) if (!blankSince.has(key)) blankSince.set(key, now);
    for (const [key, since] of blankSince)
      if (!blankNow.has(key)) {
        blanks.push(now - since);
        blankSince.delete(key);
      }
    if (running) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  (globalThis as unknown as BlankWatch).residuaBlanks = () => {
    running = false;
    for (const since of blankSince.values()) blanks.push(performance.now() - since);
    return { blanks, cells: seen.size, frames };
  };
}

function report(json: {
  machine: string;
  window: string;
  samples: number;
  importSeconds: number;
  firstThumbnailsMs: number;
  longestBlankMs: number;
  blanksAbove100Ms: number;
  cellsShown: number;
  frameMs: { p50: number; p99: number };
  heapBytes: number;
}): string {
  return [
    `${json.machine}, ${json.window}, ${json.samples} samples`,
    table(
      ['', ''],
      [
        ['import', `${json.importSeconds} s`],
        ['first thumbnails after opening', `${json.firstThumbnailsMs} ms`],
        ['longest blank cell while scrolling', `${json.longestBlankMs} ms`],
        [`blank above 100 ms, of ${json.cellsShown} cells`, json.blanksAbove100Ms],
        ['frame, median and 99 %', `${json.frameMs.p50} ms, ${json.frameMs.p99} ms`],
        ['heap of the window', `${(json.heapBytes / 1e6).toFixed(0)} MB`],
      ],
    ),
  ].join('\n');
}
