import type { Page } from 'playwright-core';
import { localClient } from '@main/api';
import { UserError } from '@shared/errors';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { openProject, ownServices } from '../session';
import { fsyncTimes } from './disk';
import { spread } from './figures';
import type { Spread } from './figures';
import { machineName } from './machine';
import { openWindow } from './window';
import type { WindowShell } from './window';
import { makeProject, workplace } from './workplace';
import type { Workplace } from './workplace';

export interface LabelBenchOptions {
  keys: number;
  train?: 'quick' | 'full';
  shell?: WindowShell;
}

/** Milliseconds from a key's own time stamp to the change that its acknowledgement made in the page. */
interface Measured {
  readonly times: number[];
  /** Of these, until the page's first listener met the key: the window's own delivery of input. */
  readonly deliveries: number[];
  readonly lost: number;
}

/** Labels sample after sample by keys in a real window, as a person does. */
export async function benchLabel(options: LabelBenchOptions, context: Context): Promise<Answer> {
  const { output } = context;
  const place = workplace();
  try {
    const { dir } = await makeProject(place, 'labels', [], context);
    const disk = spread(fsyncTimes(dir, 200));
    const commit = spread(await commitTimes(place, dir));
    const window = await openWindow(place.home, options.shell);
    try {
      output.note(window.description);
      await openRecent(window.page);
      output.note('labelling');
      const quiet = await pressKeys(window.page, options.keys, context);
      const training = options.train
        ? await whileTraining(dir, options.train, () => pressKeys(window.page, options.keys, context))
        : null;
      const json = {
        machine: machineName(),
        window: window.description,
        fsync: disk,
        commit,
        delivery: spread(quiet.deliveries),
        label: spread(quiet.times),
        training: options.train ?? null,
        whileTraining: training && spread(training.times),
        lost: quiet.lost + (training?.lost ?? 0),
      };
      return { json, text: report(json) };
    } finally {
      await window.close();
    }
  } finally {
    place.remove();
  }
}

/** Milliseconds of single labels through the services without a window: from the call to the durable answer. */
async function commitTimes(place: Workplace, dir: string): Promise<number[]> {
  const services = ownServices({ userDataDir: place.home });
  try {
    const client = localClient(services);
    await client.project.open({ dir });
    const times: number[] = [];
    for (let key = 0; key < 200; key++) {
      const start = performance.now();
      await client.labels.set({ keys: [key], change: { state: 'unsure' }, origin: 'read', context: null });
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return times;
  } finally {
    await services.close();
  }
}

/** Opens the project that was open last, and waits for its first picture. */
export async function openRecent(page: Page): Promise<void> {
  await page.locator('.recent .open').first().click();
  await page.evaluate(() => (location.hash = '#/browse'));
  await page.waitForSelector('[role=gridcell] canvas[data-drawn]');
}

/** Starts a run in the window's own process, as its button does, and stops it once the work is done. */
async function whileTraining(dir: string, preset: 'quick' | 'full', work: () => Promise<Measured>): Promise<Measured> {
  const { client, close } = await openProject(dir);
  try {
    const { id } = await client.training.start({ preset, epochs: 200 });
    const before = Date.now();
    while ((await client.training.run({ run: id })).lines.length === 0) {
      if (Date.now() - before > 180_000) throw new UserError('run-failed', 'training did not start');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const measured = await work();
    const { summary } = await client.training.run({ run: id });
    if (summary.state !== 'running')
      throw new UserError('run-failed', `training ended first: ${summary.error ?? summary.state}`);
    await client.training.stop({ run: id });
    return measured;
  } finally {
    await close();
  }
}

/** Presses the keys of the first two classes in turn, each when the one before was answered, some 6 a second. */
async function pressKeys(page: Page, count: number, { output, signal }: Context): Promise<Measured> {
  const cell = page.locator('[role=gridcell]').first();
  await page.locator('[role=grid]').evaluate((grid) => grid.scrollTo({ top: 0 }));
  await cell.click();
  await page.evaluate(watchKeys);
  const times: number[] = [];
  const deliveries: number[] = [];
  let lost = 0;
  for (let i = 0; i < count && !signal.aborted; i++) {
    await page.keyboard.press(i % 2 === 0 ? 'Digit1' : 'Digit2');
    const answered = await page.evaluate(() => (globalThis as unknown as KeyWatch).residuaKeyAnswered());
    if (answered === null) lost++;
    else {
      times.push(answered.total);
      deliveries.push(answered.delivery);
    }
    output.progress(`${i + 1} of ${count} keys`);
    await page.waitForTimeout(150);
  }
  if (times.length === 0) throw new UserError('internal', 'no key press was answered in the window');
  return { times, deliveries, lost };
}

interface KeyWatch {
  residuaKeyAnswered: () => Promise<{ total: number; delivery: number } | null>;
}

/**
 * Runs in the page: a label key is answered when the cell of the sample that it met says a new time of change, which the
 * page writes only when the services have acknowledged the commit.
 */
function watchKeys(): void {
  let pressed: { at: number; delivery: number; key: string; before: string } | null = null;
  let answer: { total: number; delivery: number } | null = null;
  let done: (() => void) | null = null;
  const changedOf = (key: string): string | undefined =>
    document.querySelector<HTMLElement>(`[role=gridcell][data-key="${key}"]`)?.dataset['changed'];
  document.addEventListener(
    'keydown',
    (event) => {
      const key = document.querySelector<HTMLElement>('[role=gridcell][aria-selected=true]')?.dataset['key'];
      answer = null;
      if (key !== undefined && /^Digit/.test(event.code))
        pressed = {
          at: event.timeStamp,
          delivery: performance.now() - event.timeStamp,
          key,
          before: changedOf(key) ?? '',
        };
    },
    { capture: true },
  );
  new MutationObserver(() => {
    if (!pressed) return;
    const now = changedOf(pressed.key);
    if (now === undefined || now === pressed.before) return;
    answer = { total: performance.now() - pressed.at, delivery: pressed.delivery };
    pressed = null;
    done?.();
  }).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['data-changed', 'data-key'],
  });
  (globalThis as unknown as KeyWatch).residuaKeyAnswered = async () => {
    if (pressed)
      await new Promise<void>((resolve) => {
        done = resolve;
        setTimeout(resolve, 5000);
      });
    done = null;
    pressed = null;
    return answer;
  };
}

function report(json: {
  machine: string;
  window: string;
  fsync: Spread;
  commit: Spread;
  delivery: Spread;
  label: Spread;
  training: 'quick' | 'full' | null;
  whileTraining: Spread | null;
  lost: number;
}): string {
  const row = (name: string, s: Spread): (string | number)[] => [name, s.p50, s.p99, s.max, s.count];
  return [
    `${json.machine}, ${json.window}`,
    table(
      ['ms', 'p50', 'p99', 'worst', 'times'],
      [
        row('key → saved label on screen', json.label),
        ...(json.whileTraining ? [row(`the same while ${json.training} trains`, json.whileTraining)] : []),
        row('of it until the page meets the key', json.delivery),
        row('commit by the services alone', json.commit),
        row('fsync of 4 KB on this disk', json.fsync),
      ],
    ),
    `${json.lost} key presses were not answered within 5 s`,
  ].join('\n');
}
