import type { LabelClass } from '@shared/domain';
import { SHORTCUTS } from '@renderer/app/shortcuts';

/** One or two physical keys (`KeyboardEvent.code`), one after the other. */
export type ClassKey = readonly [string] | readonly [string, string];

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'].map((digit) => `Digit${digit}`);
const TAKEN = new Set(
  Object.values(SHORTCUTS).flatMap(({ binding }) => (/^[A-Z]$/.test(binding) ? [`Key${binding}`] : [])),
);
const LETTERS = [...'QERTYOPASDFGJLZXCVBM'].map((letter) => `Key${letter}`).filter((code) => !TAKEN.has(code));
/** First key of two-key codes. */
const LEADERS = LETTERS.slice(-4);

/**
 * The key of every class: the one that the project keeps, else the next free digit, then a free letter, then a two-key code
 * (letter, digit). No class stays without a key, and none shares one.
 */
export function classKeys(classes: readonly LabelClass[]): Map<number, ClassKey> {
  const keys = new Map<number, ClassKey>();
  const used = new Set<string>();
  for (const { id, key } of classes) {
    if (!key || used.has(key)) continue;
    keys.set(id, [key]);
    used.add(key);
  }
  const rest = classes.filter((c) => !keys.has(c.id));
  const single = [...DIGITS, ...LETTERS].filter((code) => !used.has(code));
  // A leader of two-key codes is no class key of its own, so it is given up only where single keys do not suffice.
  const needTwo = rest.length > single.length;
  const free: ClassKey[] = single.filter((code) => !needTwo || !LEADERS.includes(code)).map((code) => [code]);
  if (needTwo)
    for (const leader of LEADERS.filter((l) => !used.has(l))) for (const digit of DIGITS) free.push([leader, digit]);
  rest.forEach(({ id }, i) => {
    const key = free[i];
    if (key) keys.set(id, key);
  });
  return keys;
}

/** `Digit1` as printed: `1`. */
const printed = (code: string): string => code.replace(/^(Digit|Key|Numpad)/, '');
export const classKeyWords = (key: ClassKey | undefined): string => (key ? key.map(printed).join(' ') : '');

/** The number pad's digits are the digits. */
const normal = (code: string): string => code.replace(/^Numpad(?=\d$)/, 'Digit');

/** Milliseconds between the two keys of a code. */
const BETWEEN = 1500;

/** What a key press means for classes. */
export type ClassKeyMatch = { readonly kind: 'class'; readonly id: number } | { readonly kind: 'leader' } | null;

/** Follows key presses, remembering the first of a two-key code. Physical keys only: an input method or layout changes nothing. */
export class ClassKeyReader {
  #leader: { code: string; at: number } | null = null;

  read(
    event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'metaKey' | 'shiftKey'>,
    keys: ReadonlyMap<number, ClassKey>,
    now: number,
  ): ClassKeyMatch {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return null;
    const code = normal(event.code);
    const leader = this.#leader && now - this.#leader.at <= BETWEEN ? this.#leader.code : null;
    this.#leader = null;
    let leads = false;
    for (const [id, [first, second]] of keys) {
      if (leader ? first === leader && second === code : first === code && second === undefined)
        return { kind: 'class', id };
      if (first === code && second !== undefined) leads = true;
    }
    if (!leads) return null;
    this.#leader = { code, at: now };
    return { kind: 'leader' };
  }
}
