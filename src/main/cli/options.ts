import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { mode, type Mode } from '@shared/domain';

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

/** Residual modes with a block, as `outer,inner`. */
export function modesOption(text: string): Exclude<Mode, 'plain'>[] {
  const parsed = z
    .array(mode.exclude(['plain']))
    .min(1)
    .safeParse(text.split(','));
  if (!parsed.success)
    throw new InvalidArgumentError(`some of ${mode.exclude(['plain']).options.join(', ')}, with commas between them.`);
  return [...new Set(parsed.data)];
}

/** A number strictly between two others. */
export const between =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value > least && value < most))
      throw new InvalidArgumentError(`a number between ${least} and ${most}.`);
    return value;
  };

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

/** SHA-256 as hexadecimal digits. */
export function hash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('a SHA-256 has 64 hexadecimal digits.');
  return text.toLowerCase();
}
