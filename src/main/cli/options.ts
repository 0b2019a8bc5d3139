import { InvalidArgumentError } from 'commander';

/** Parsers of option values; commander turns what they throw into exit code 2. */

export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || text.trim() === '' || value < least || value > most)
      throw new InvalidArgumentError(
        most === Number.MAX_SAFE_INTEGER
          ? `a whole number from ${least} on.`
          : `a whole number from ${least} to ${most}.`,
      );
    return value;
  };

/** `last`, or layers as `4,6,8`. */
export function tapsOption(text: string): 'last' | number[] {
  if (text === 'last') return 'last';
  return text.split(',').map(whole(1));
}

/** `FILE` or `FOLDER`, and after a colon the layer. */
export function blockOption(text: string): { path: string; layer: number | null } {
  const found = /^(.+):(\d+)$/.exec(text);
  return found ? { path: found[1]!, layer: Number(found[2]) } : { path: text, layer: null };
}

/** `A,B`: different names, each of something. */
export function namesOption(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('a name may not be empty.');
  if (new Set(names).size < names.length) throw new InvalidArgumentError('a name stands there twice.');
  return names;
}

export function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('it may not be empty.');
  return text;
}
