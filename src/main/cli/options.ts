import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { mode, optionHelp, optionKind, recipeOptions, volumeEncoder, volumeIntensity } from '@shared/domain';
import type { EncoderChoice, Mode, RecipeKey, VolumeIntensity, Where } from '@shared/domain';

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

/** `vit`, `vit3d` or `vivit`, or the file or folder of a 2D encoder. */
export function encoderOption(text: string): EncoderChoice {
  const named = z.union([z.literal('vit'), volumeEncoder]).safeParse(text);
  return named.success ? named.data : { path: resolve(text) };
}

/** Layers stacked on each other, at most. */
const MOST_LAYERS = 64;

export interface BlockPlace {
  readonly path: string;
  /** null: the last one that the file holds. */
  readonly layer: number | number[] | null;
}

/** `FILE` or `FOLDER`, and after a colon the layer, or layers from the lowest as `28-31` or `3,7`. */
export function blockOption(text: string): BlockPlace {
  const found = /^(.+):(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)$/.exec(text);
  if (!found) return { path: text, layer: null };
  const layers = found[2]!.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number) as [number, number?];
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to < from || to - from >= MOST_LAYERS)
      throw new InvalidArgumentError(`${part} names no layers.`);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  if (layers.length > MOST_LAYERS) throw new InvalidArgumentError(`at most ${MOST_LAYERS} layers.`);
  return { path: found[1]!, layer: layers.length === 1 ? layers[0]! : layers };
}

/** Some of given words, as `A,B`. */
export const someOf =
  <T extends string>(words: readonly T[]) =>
  (text: string): T[] => {
    const parsed = z.array(z.enum(words)).min(1).safeParse(text.split(','));
    if (!parsed.success) throw new InvalidArgumentError(`some of ${words.join(', ')}, with commas between them.`);
    return [...new Set(parsed.data)];
  };

/** Residual modes with a block, as `outer,inner`. */
export const modesOption = (text: string): Exclude<Mode, 'plain'>[] => someOf(mode.exclude(['plain']).options)(text);

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

/** Engine and device as they were named. */
export const whereOf = ({ engine = 'auto', device = 'auto' }: Partial<Where>): Where => ({ engine, device });

/** e.g. `--learning-rate`. */
const flagOf = (key: RecipeKey): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** An option of the recipe as the command line takes it: its help, and its bounds, are the recipe's own. */
export function recipeFlag(key: RecipeKey): Option {
  const found = optionKind(key);
  const help = optionHelp(key);
  if (found.kind === 'yes-no') return new Option(flagOf(key), help);
  if (found.kind === 'choice') return new Option(`${flagOf(key)} <which>`, help).choices(found.choices);
  if (found.kind === 'other') throw new Error(`${key} needs a parser of its own`);
  const { low, high, open, whole: isWhole, none } = found;
  const bounds = [
    `${isWhole ? 'a whole number' : 'a number'} ${open ? 'above' : 'from'} ${low}`,
    high < Number.MAX_SAFE_INTEGER ? ` to ${high}` : ' on',
    none ? ', or "none"' : '',
  ].join('');
  const schema = recipeOptions.shape[key];
  return new Option(`${flagOf(key)} <n>`, help).argParser((text) => {
    const value = none && text === 'none' ? null : text.trim() === '' ? NaN : Number(text);
    if (!schema.safeParse(value).success) throw new InvalidArgumentError(`${bounds}.`);
    return value;
  });
}

type Triple = [number, number, number];

/** `X,Y,Z`. @param above each is greater than this */
export const tripleOption =
  (above = -Infinity, parse: (text: string) => number = Number) =>
  (text: string): Triple => {
    const values = text.split(',').map((part) => (part.trim() === '' ? NaN : parse(part)));
    if (values.length !== 3 || !values.every((value) => Number.isFinite(value) && value > above))
      throw new InvalidArgumentError(
        `three numbers${above > -Infinity ? ` above ${above}` : ''}, with commas between them.`,
      );
    return values as Triple;
  };

/** `windows:LOW..HIGH,…`, `percentiles:LOW..HIGH`, `suv:HIGH` or `range:LOW..HIGH`. */
export function intensityOption(text: string): VolumeIntensity {
  const [kind, rest = ''] = text.split(':');
  const ranges = rest.split(',').map((part) => {
    const [low, high] = part.split('..').map((end) => (end.trim() === '' ? NaN : Number(end)));
    return { low, high };
  });
  const rule =
    kind === 'windows'
      ? { kind, windows: ranges }
      : kind === 'suv'
        ? { kind, high: Number(rest || NaN) }
        : { kind, ...ranges[0] };
  const said = volumeIntensity.safeParse(rule);
  if (!said.success)
    throw new InvalidArgumentError('windows:LOW..HIGH, percentiles:LOW..HIGH, suv:HIGH or range:LOW..HIGH.');
  return said.data;
}

/** `1=anterior,2=posterior`. */
export function valueNamesOption(text: string): Record<number, string> {
  const pairs = text.split(',').map((part) => /^\s*(\d+)\s*=\s*(.+?)\s*$/.exec(part));
  if (pairs.some((pair) => pair === null))
    throw new InvalidArgumentError('values and their names, as 1=anterior,2=posterior.');
  return Object.fromEntries(pairs.map((pair) => [Number(pair![1]), pair![2]!]));
}
