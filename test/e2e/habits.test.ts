import { execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CDPSession, Locator, Page } from 'playwright-core';
import { probed, services, shell, type App } from './app';
import { startWith } from './prepared';

/** Habits of daily labelling, with keys as keyboards, layouts and input methods send them to a real window. */
let app: App;
let page: Page;
let devtools: CDPSession;
const cli = resolve(import.meta.dirname, '../../out/main/cli.js');

const cellIn = (where: Page, id: string): Locator =>
  where.getByRole('gridcell').filter({ has: where.getByRole('img', { name: id, exact: true }) });
const cell = (id: string): Locator => cellIn(page, id);
const classOf = (id: string, where = page): Promise<string | null> => cellIn(where, id).getAttribute('data-class');
const stateOf = (id: string, where = page): Promise<string | null> => cellIn(where, id).getAttribute('data-state');
const saved = (): Promise<void> => page.getByRole('banner').first().getByText('All labels saved').waitFor();
const sortBy = async (label: string, where = page): Promise<void> => {
  await where.getByRole('combobox', { name: /by|sort/i }).selectOption({ label });
};
const scrollTo = (share: number, where = page): Promise<void> =>
  where.getByRole('grid').evaluate((grid, to) => grid.scrollTo({ top: to * grid.scrollHeight }), share);
const selected = (): Promise<string | null> =>
  page.locator('[role=gridcell][aria-selected=true] canvas').first().getAttribute('aria-label');

/** A key as the system's layout or input method gives it. @param code of the physical key */
async function press(code: string, key: string, keyCode: number, text?: string): Promise<void> {
  const event = { code, key, windowsVirtualKeyCode: keyCode, nativeVirtualKeyCode: keyCode };
  await devtools.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...event, text });
  await devtools.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
}

beforeAll(async () => {
  app = await startWith('breast');
  page = app.page;
  devtools = await page.context().newCDPSession(page);
  await page.getByRole('button', { name: /no reader yet/ }).click();
  await page.getByLabel('Reader', { exact: true }).fill('Reader A');
  await page.getByRole('button', { name: /Read under this name/ }).click();
  await sortBy('split');
});
afterAll(async () => {
  await app?.close();
  expect(app.problems).toEqual([]);
});

describe('keys', () => {
  it('that are held down label once, whichever they are', async () => {
    await cell('train_0001').click();
    for (const key of ['Digit1', 'KeyU', 'KeyK']) {
      const at = (await selected())!;
      await page.keyboard.down(key);
      for (let i = 0; i < 6; i++) await page.keyboard.down(key);
      await page.keyboard.up(key);
      await expect.poll(() => stateOf(at)).toBe(key === 'KeyU' ? 'unsure' : 'checked');
      await saved();
    }
    // Three keys, three steps: the one after is still as it was imported.
    expect(await selected()).toBe('train_0004');
    expect(await stateOf('train_0004')).toBe('labelled');
  });

  it('label nothing before the pixels are there', async () => {
    await page.evaluate(() => {
      const held = window as unknown as { release(): void; fetch: typeof fetch };
      const real = window.fetch.bind(window);
      const open = new Promise<void>((go) => (held.release = go));
      held.fetch = async (...call) => {
        if (String(call[0]).includes('/pixels/')) await open;
        return real(...call);
      };
    });
    await scrollTo(0.6);
    const blank = page.locator('[role=gridcell]:not(:has(canvas[data-drawn]))').nth(6);
    await blank.locator('canvas[aria-label]').waitFor({ state: 'attached' });
    await blank.click();
    const id = (await selected())!;
    const before = [await classOf(id), await stateOf(id)];
    await page.keyboard.press('Digit1');
    await page.keyboard.press('u');
    await page.getByText(/not on screen/).waitFor();
    expect([await classOf(id), await stateOf(id)]).toEqual(before);
    expect(await selected()).toBe(id);

    await page.evaluate(() => (window as unknown as { release(): void }).release());
    await cell(id).locator('canvas[data-drawn]').waitFor();
    await page.keyboard.press('Digit1');
    await expect.poll(() => stateOf(id)).toBe('checked');
    expect(await classOf(id)).toBe('0');
  });

  it('on an AZERTY keyboard are the digits by their place', async () => {
    await scrollTo(0);
    await cell('train_0010').click();
    await press('Digit1', '&', 49, '&');
    await expect.poll(() => stateOf('train_0010')).toBe('checked');
    expect(await classOf('train_0010')).toBe('0');
    await press('Digit2', 'é', 50, 'é');
    await expect.poll(() => stateOf('train_0011')).toBe('checked');
    expect(await classOf('train_0011')).toBe('1');
  });

  it('work with an input method on, but belong to it while it composes', async () => {
    await cell('train_0012').click();
    await press('Digit1', 'Process', 229);
    await expect.poll(() => stateOf('train_0012')).toBe('checked');
    expect(await classOf('train_0012')).toBe('0');
    await press('KeyU', 'Process', 229);
    await expect.poll(() => stateOf('train_0013')).toBe('unsure');

    // In the search field digits choose among the input method's proposals.
    await page.keyboard.press('/');
    await devtools.send('Input.imeSetComposition', { text: 'ni', selectionStart: 2, selectionEnd: 2 });
    await press('Digit1', 'Process', 229);
    await press('Digit2', '2', 50);
    await devtools.send('Input.insertText', { text: '你' });
    await page
      .getByText('No sample fits')
      .or(page.getByRole('heading', { name: /no sample/i }))
      .first()
      .waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toContain('你');
    await page.getByRole('searchbox').fill('');
    await cell('train_0014').waitFor();
    expect(await stateOf('train_0014')).toBe('labelled');
  });
});

describe('undo', () => {
  it('goes to what it changed, far away in the list, and says what that was', async () => {
    await scrollTo(0);
    await cell('train_0020').click();
    const before = await classOf('train_0020');
    await page.keyboard.press(before === '0' ? 'Digit2' : 'Digit1');
    await expect.poll(() => stateOf('train_0020')).toBe('checked');
    await scrollTo(1);
    await expect.poll(() => cell('train_0020').count()).toBe(0);
    await page.locator('[role=gridcell]').last().click();
    await page.keyboard.press('Control+z');
    await page
      .getByText(/train_0020: (malignant|normal, benign) → (malignant|normal, benign)/)
      .first()
      .waitFor();
    await cell('train_0020').waitFor();
    expect(await cell('train_0020').getAttribute('aria-selected')).toBe('true');
    expect([await classOf('train_0020'), await stateOf('train_0020')]).toEqual([before, 'labelled']);
    const inside = await cell('train_0020').evaluate((el) => {
      const [box, grid] = [el.getBoundingClientRect(), el.closest('[role=grid]')!.getBoundingClientRect()];
      return box.top >= grid.top && box.bottom <= grid.bottom + 1;
    });
    expect(inside).toBe(true);
  });
});

describe('a queue', () => {
  it('stands still while the probe refits, and changes only when asked to', async () => {
    await probed(page);
    const order = (): Promise<(string | null)[]> =>
      page
        .getByRole('gridcell')
        .locator('canvas')
        .evaluateAll((all) => all.slice(0, 12).map((c) => c.getAttribute('aria-label')));
    const bySplit = await order();
    await sortBy('disagreement');
    await expect.poll(order).not.toEqual(bySplit);
    await expect.poll(order).not.toContain(null);
    const before = await order();
    await cell(before[0]!).click();
    const fitted = (): Promise<string> =>
      page.evaluate(() => document.querySelector('.chip .muted.age')?.textContent ?? '');
    for (let i = 0; i < 4; i++) await page.keyboard.press('Enter'); // the model's opinion is visible on each
    await saved();
    await expect.poll(() => stateOf(before[3]!)).toBe('checked');
    // New predictions come, and what would change in the queue is counted.
    await expect.poll(fitted, { timeout: 30_000 }).toMatch(/\b[01]\.\d s/);
    const refresh = page.getByRole('button', { name: /Refresh/ });
    await expect.poll(() => refresh.isEnabled(), { timeout: 30_000 }).toBe(true);
    expect(await order()).toEqual(before);
    expect(await selected()).toBe(before[4]);
    for (const id of before.slice(0, 4)) expect(await stateOf(id!)).toBe('checked');
    await page.keyboard.press('F5');
    await expect.poll(order).not.toEqual(before);
    await sortBy('split');
  }, 420_000);
});

describe('two windows on one project', () => {
  let other: Page;

  it('open by a key or a button, and see each other’s labels', async () => {
    await sortBy('split');
    await scrollTo(0);
    await cell('train_0030').click();
    const opening =
      shell === 'electron'
        ? app.electron!.waitForEvent('window')
        : page.context().waitForEvent('page', { timeout: 20_000 });
    if (shell === 'electron') await page.keyboard.press('Control+Shift+N');
    else await page.getByRole('button', { name: 'New window on this project' }).click();
    other = await opening;
    other.on('pageerror', (error) => app.problems.push(String(error)));
    await other.waitForSelector('[data-ready]');
    await other.evaluate(() => (location.hash = '#/browse'));
    // It begins where the reader was, which may be anywhere.
    await sortBy('split', other);
    await scrollTo(0, other);
    await cellIn(other, 'train_0030').waitFor();

    await cell('train_0030').click();
    await page.keyboard.press('Digit1');
    await expect.poll(() => stateOf('train_0030', other)).toBe('checked');
    expect(await classOf('train_0030', other)).toBe('0');

    await cellIn(other, 'train_0031').click();
    await other.keyboard.press('Digit2');
    await expect.poll(() => stateOf('train_0031')).toBe('checked');
    expect(await classOf('train_0031')).toBe('1');
    await other.keyboard.press('Control+z');
    await expect.poll(() => stateOf('train_0031')).toBe('labelled');
  });

  it('and a command line works through the process that holds it', async () => {
    const dir = (await page.getByRole('banner').first().getByRole('heading').getAttribute('title'))!;
    const words = ['labels', 'set', '--project', dir, '--sample', 'train_0032', '--class', 'malignant'];
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...words, '--reader', 'Reader C', '--json'], {
      env: { ...process.env, RESIDUA_HOME: join(app.home, 'another') },
    });
    expect(JSON.parse(stdout)).toMatchObject({ saved: true });
    for (const where of [page, other]) {
      await expect.poll(() => stateOf('train_0032', where)).toBe('checked');
      expect(await classOf('train_0032', where)).toBe('0');
    }
  });

  it('and a second app is refused, or hands over to the first', async () => {
    const dir = (await page.getByRole('banner').first().getByRole('heading').getAttribute('title'))!;
    if (shell === 'electron') {
      const { path, args, env } = {
        path: app.electron!.process().spawnfile,
        args: [
          '--no-sandbox',
          ...app
            .electron!.process()
            .spawnargs.slice(1)
            .filter((a) => a.startsWith('--user-data-dir')),
        ],
        env: { ...process.env, RESIDUA_HOME: app.home },
      };
      const second = spawn(path, args, { env, stdio: 'ignore' });
      const code = await new Promise((end) => second.once('exit', end));
      expect(code).toBe(0);
      expect(app.electron!.windows()).toHaveLength(2);
    } else {
      const second = promisify(execFile)(process.execPath, [cli, 'serve', '--project', dir, '--port', '0', '--json'], {
        env: { ...process.env, RESIDUA_HOME: join(app.home, 'another') },
        timeout: 60_000,
      });
      await expect(second).rejects.toMatchObject({ code: 1 });
    }
    await saved();
    await other.close();
  });
});

describe('twelve classes', () => {
  const NAMES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L'].map((letter) => `finding ${letter}`);

  it('each have a key of their own, shown on the screen, that gives that class', async () => {
    const scans = join(app.home, 'scans');
    for (const [i, name] of NAMES.entries()) {
      mkdirSync(join(scans, name), { recursive: true });
      for (let n = 0; n < 3; n++) {
        const pixels = Uint8Array.from(
          { length: 28 * 28 },
          (_, at) => (at * (3 * i + n + 5) * 37 + (at >> 3) ** 2) % 256,
        );
        await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
          .toColourspace('b-w')
          .toFile(join(scans, name, `${n}.png`));
      }
    }
    const { client, close } = await services(app);
    try {
      const { importId } = await client.imports.inspect({ paths: [scans] });
      await client.imports.review({ importId });
      const decisions = {
        name: 'Twelve',
        dir: join(app.home, 'twelve.residua'),
        policy: 'new',
        kind: 'single',
      } as const;
      await client.imports.commit({ importId, decisions: { ...decisions, positive: null, flips: false } });
      await client.project.setReader({ reader: 'Reader A' });
    } finally {
      close();
    }
    await page.getByRole('heading', { name: 'Twelve' }).waitFor();
    await page.evaluate(() => (location.hash = '#/browse'));
    const keys = page.getByRole('toolbar').locator('[data-class-key]');
    await expect.poll(() => keys.count()).toBe(12);
    const shown = await keys.evaluateAll((all) =>
      all.map((button) => ({
        id: button.getAttribute('data-class-key'),
        key: button.querySelector('kbd')!.textContent!.trim(),
        inside:
          button.getBoundingClientRect().bottom <= innerHeight && button.getBoundingClientRect().right <= innerWidth,
      })),
    );
    expect(new Set(shown.map(({ key }) => key)).size).toBe(12);
    expect(shown.every(({ inside }) => inside)).toBe(true);
    expect(shown.slice(0, 10).map(({ key }) => key)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '0']);

    await page.locator('[role=gridcell] canvas[data-drawn]').first().waitFor();
    await page.getByRole('gridcell').first().click();
    // From the last class to the first, so that no sample keeps the class that it had.
    for (const { id, key } of [...shown].reverse()) {
      const at = (await selected())!;
      await page.keyboard.press(/\d/.test(key) ? `Digit${key}` : `Key${key}`);
      await expect.poll(() => stateOf(at)).toBe('checked');
      expect(await classOf(at)).toBe(id);
    }
    await saved();
  });
});
