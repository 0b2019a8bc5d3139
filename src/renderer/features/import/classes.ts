import { CLASS_COLOURS } from '@shared/domain';
import type { ImportReview, LabelClass } from '@shared/domain';
import { suggestPositive } from '@shared/positive';

/** A class as the person edits it before the project is made: place in the list is its order. */
export type EditedClass = Omit<LabelClass, 'order'> & { readonly count: number | null };

/** Digits first; beyond nine classes the letters that no action uses. */
const KEYS = [...'123456789'].map((digit) => `Digit${digit}`).concat([...'QWERTYFGZXCVB'].map((l) => `Key${l}`));

/** The n-th class's key when nobody chose one. */
export const defaultKey = (index: number): string | null => KEYS[index] ?? null;

/** Classes of a review with the palette's colours and the digits as keys. */
export const editedClasses = (review: ImportReview): EditedClass[] =>
  review.classes.map((c, i) => ({
    ...c,
    colour: CLASS_COLOURS[i % CLASS_COLOURS.length] ?? CLASS_COLOURS[0],
    key: defaultKey(i),
  }));

/** Moves a class up or down by one place; at the ends nothing moves. */
export function moveClass<T>(classes: readonly T[], index: number, by: -1 | 1): T[] {
  const to = index + by;
  const result = [...classes];
  const [moved, other] = [classes[index], classes[to]];
  if (moved === undefined || other === undefined) return result;
  result[index] = other;
  result[to] = moved;
  return result;
}

const SHORT_LENGTH = 12;

/** The list with one more class at its end: a new id, and the first colour and key that are free. */
export function addClass(classes: readonly EditedClass[], name: string): EditedClass[] {
  const keys = new Set(classes.map((c) => c.key));
  const colours = new Set(classes.map((c) => c.colour));
  return [
    ...classes,
    {
      id: 1 + Math.max(-1, ...classes.map((c) => c.id)),
      name: name.trim(),
      short: name.trim().slice(0, SHORT_LENGTH),
      colour:
        CLASS_COLOURS.find((colour) => !colours.has(colour)) ??
        CLASS_COLOURS[classes.length % CLASS_COLOURS.length] ??
        CLASS_COLOURS[0],
      key: KEYS.find((key) => !keys.has(key)) ?? null,
      // Where nobody counts, as in the settings, nothing is counted.
      count: classes.some((c) => c.count === null) ? null : 0,
    },
  ];
}

/** Of two classes one is the positive one: the person's answer where it still stands, else a guess to be corrected; null for more. */
export function positiveOf(classes: readonly EditedClass[], chosen: number | null): number | null {
  if (classes.length !== 2) return null;
  if (classes.some((c) => c.id === chosen)) return chosen;
  const place = suggestPositive(
    classes.map((c) => c.name),
    classes.map((c) => c.count ?? 0),
  );
  return place === null ? null : (classes[place]?.id ?? null);
}

export type ClassFault = 'name-empty' | 'name-twice' | 'short-empty' | 'key-twice';

/** What keeps these classes from being stored, by id; empty where nothing does. */
export function classFaults(classes: readonly EditedClass[]): Map<number, ClassFault> {
  const faults = new Map<number, ClassFault>();
  const seen = { names: new Set<string>(), keys: new Set<string>() };
  for (const c of classes) {
    const name = c.name.trim().toLocaleLowerCase();
    if (!name) faults.set(c.id, 'name-empty');
    else if (seen.names.has(name)) faults.set(c.id, 'name-twice');
    else if (!c.short.trim()) faults.set(c.id, 'short-empty');
    else if (c.key !== null && seen.keys.has(c.key)) faults.set(c.id, 'key-twice');
    seen.names.add(name);
    if (c.key !== null) seen.keys.add(c.key);
  }
  return faults;
}

/** As the contract wants them. */
export const toLabelClasses = (classes: readonly EditedClass[]): LabelClass[] =>
  classes.map(({ id, name, short, colour, key }, order) => ({
    id,
    name: name.trim(),
    short: short.trim(),
    colour,
    key,
    order,
  }));

/** True where colours, keys or order differ from what an import gives on its own. */
export function schemeChanged(review: ImportReview, classes: readonly EditedClass[]): boolean {
  const given = editedClasses(review);
  return classes.some((c, i) => {
    const g = given[i];
    return !g || g.id !== c.id || g.colour !== c.colour || g.key !== c.key;
  });
}

/** A physical key as it is printed: `Digit1` → `1`, `KeyQ` → `Q`. */
export const shownKey = (code: string | null): string => (code === null ? '' : code.replace(/^(Digit|Key|Numpad)/, ''));

/** Physical keys that may label a class. */
export const isClassKey = (code: string): boolean => /^(Digit[0-9]|Key[A-Z])$/.test(code);
