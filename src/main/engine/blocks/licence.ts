import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MOST = 64 * 1024;

/** The licence that stands beside a file: `license:` of the model card (README.md), or the first line of a licence's text. */
export function licenceBeside(file: string): string | null {
  const folder = dirname(file);
  const card = ['README.md', 'MODEL_CARD.md'].map((name) => join(folder, name)).find(existsSync);
  if (card) {
    const head = /^---\r?\n([\s\S]*?)\r?\n---/.exec(startOf(card))?.[1];
    const found = head && /^license(?:_name)?:[ \t]*["']?([^"'\r\n]+)/m.exec(head)?.[1]?.trim();
    if (found) return found;
  }
  const text = readdirSync(folder).find((name) => /^(licen[cs]e|use_policy)(\.(txt|md))?$/i.test(name));
  const line =
    text &&
    startOf(join(folder, text))
      .split('\n')
      .map((part) => part.trim())
      .find(Boolean);
  return line ? line.slice(0, 120) : null;
}

function startOf(file: string): string {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const buffer = Buffer.alloc(MOST);
    return buffer.toString('utf8', 0, readSync(handle, buffer, 0, MOST, 0));
  } catch {
    return ''; // what cannot be read says nothing of a licence
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
