import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCode } from '@shared/errors';
import { collectWords } from '@renderer/app/i18n';
import { SHORTCUTS } from '@renderer/app/shortcuts';

const words = collectWords();
type Tree = { [key: string]: string | Tree };
function flat(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value);
    else for (const [k, v] of flat(value, `${prefix}${key}.`)) found.set(k, v);
  }
  return found;
}
const en = flat(words.en as Tree);
const zh = flat(words['zh-CN'] as Tree);
const root = resolve(import.meta.dirname, '../../../../src/renderer');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));
const holes = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!))].filter((name) => name !== 'n').sort();

describe('words of the window', () => {
  it('are the same set in both languages, with the same values in them', () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort());
    for (const [key, text] of en) expect(holes(zh.get(key)!), key).toEqual(holes(text));
  });
  it('are there for every key that the sources name', () => {
    const missing = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/\bt\(\s*'([a-zA-Z][\w.-]*\.[\w.-]+)'/g)]
        .map((m) => m[1]!)
        .filter((key) => !en.has(key) && ![...en.keys()].some((known) => known.startsWith(`${key}.`)))
        .map((key) => `${name}: ${key}`),
    );
    expect(missing).toEqual([]);
  });
  it('explain every error: what happened and what to do', () => {
    for (const code of errorCode.options) {
      expect(en.has(`errors.${code}.title`), code).toBe(true);
      expect(en.has(`errors.${code}.help`), code).toBe(true);
    }
  });
  it('name every shortcut', () => {
    for (const action of Object.keys(SHORTCUTS)) expect(en.has(`shortcuts.actions.${action}`), action).toBe(true);
  });
  it('stand in no template outside of the translations', () => {
    const bare = sources
      .filter(({ name }) => name.endsWith('.vue'))
      .flatMap(({ name, text }) => {
        const template = /<template>([\s\S]*)<\/template>/.exec(text)?.[1] ?? '';
        const shown = template
          .replace(/<!--[\s\S]*?-->/g, '')
          .replace(/\{\{[\s\S]*?\}\}/g, '')
          .replace(/<(?:"[^"]*"|[^>"])*>/g, '');
        return [...shown.matchAll(/[A-Za-z]{4,}/g)].map((m) => `${name}: ${m[0]}`);
      });
    expect(bare.filter((found) => !found.endsWith(': Residua'))).toEqual([]);
  });
});
