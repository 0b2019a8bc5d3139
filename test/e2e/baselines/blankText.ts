import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** A font whose every character is the same empty box (`blank.py` made it): text takes the same room on every machine, and is not seen. */
const FONT = readFileSync(join(import.meta.dirname, 'blank.ttf')).toString('base64');

/** What `act` gives while all text of a page is set in empty boxes: whichever fonts a machine has, the page looks the same. */
export async function withBlankText<T>(page: Page, act: () => Promise<T>): Promise<T> {
  await page.evaluate(async (font) => {
    const face = new FontFace(
      'Blank',
      Uint8Array.from(atob(font), (c) => c.charCodeAt(0)),
    );
    document.fonts.add(await face.load());
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('*, *::before, *::after { font-family: Blank !important; font-weight: 400 !important; }');
    document.adoptedStyleSheets.push(sheet);
  }, FONT);
  try {
    return await act();
  } finally {
    await page.evaluate(() => void document.adoptedStyleSheets.pop());
  }
}
