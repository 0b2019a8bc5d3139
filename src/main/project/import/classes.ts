import { CLASS_COLOURS } from '@shared/domain';
import type { ImportDecisions, ImportReview, LabelClass, LabelKind } from '@shared/domain';
import { suggestPositive } from '@shared/positive';
import { SHORT_NAMES, type OfficialSet } from './medmnist';

export interface ClassTable {
  readonly names: readonly string[];
  readonly kind: LabelKind;
  /** Of two classes the one that figures should refer to; null where there are more. */
  readonly positive: number | null;
  readonly official: boolean;
}

type NamedClass = NonNullable<ImportDecisions['classes']>[number];

const SHORT_LENGTH = 12;
const compare = new Intl.Collator('en', { numeric: true }).compare;

/** Class names of a source whose labels are numbers. */
export function numberedClasses(count: number, counts: readonly number[], official: OfficialSet | null): ClassTable {
  if (official) return { names: official.classes, kind: official.kind, positive: official.positive, official: true };
  const names = Array.from({ length: count }, (_, i) => String(i));
  return { names, kind: 'single', positive: suggestPositive(names, counts), official: false };
}

/** Questions of a source whose labels have several columns. */
export function numberedQuestions(count: number, official: OfficialSet | null): ClassTable {
  const names = official?.classes ?? Array.from({ length: count }, (_, i) => `finding ${i + 1}`);
  return { names, kind: 'answers', positive: null, official: official !== null };
}

/** Questions that are columns of a table. */
export const askedQuestions = (names: readonly string[]): ClassTable => ({
  names,
  kind: 'answers',
  positive: null,
  official: false,
});

/** Class names that stand in the files: sorted, numbers by size. */
export function namedClasses(labels: readonly (string | null)[]): ClassTable {
  const tally = new Map<string, number>();
  for (const label of labels) if (label !== null) tally.set(label, (tally.get(label) ?? 0) + 1);
  const names = [...tally.keys()].sort(compare);
  const counts = names.map((name) => tally.get(name)!);
  return { names, kind: 'single', positive: suggestPositive(names, counts), official: false };
}

/** Those of the files, and behind them those that are asked for beside them. */
export function withMoreClasses(classes: ImportReview['classes'], asked: readonly string[]): NamedClass[] {
  const more = [...new Set(asked)].filter((name) => !classes.some((c) => c.name === name));
  const next = 1 + Math.max(-1, ...classes.map((c) => c.id));
  const short = shortNames([...classes.map((c) => c.name), ...more]);
  return [
    ...classes.map(({ id, name, short }) => ({ id, name, short })),
    ...more.map((name, i) => ({ id: next + i, name, short: short[classes.length + i]! })),
  ];
}

/** Id of the positive class where nobody names one: as the files suggest, or by all names where classes were added; null of more than two. */
export function likelyPositive(
  classes: readonly NamedClass[],
  review: Pick<ImportReview, 'classes' | 'suggested'>,
): number | null {
  if (classes.length === review.classes.length) return review.suggested.positive;
  const counts = classes.map(({ id }) => review.classes.find((c) => c.id === id)?.count ?? 0);
  const place = suggestPositive(
    classes.map((c) => c.name),
    counts,
  );
  return place === null ? null : classes[place]!.id;
}

/** Names for cells and keys: at most 12 characters, all different. */
export function shortNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const base = Object.hasOwn(SHORT_NAMES, name) ? SHORT_NAMES[name]! : shorten(name);
    let short = base;
    for (let i = 2; taken.has(short); i++) short = `${base.slice(0, SHORT_LENGTH - String(i).length)}${i}`;
    taken.add(short);
    return short;
  });
}

function shorten(name: string): string {
  if (name.length <= SHORT_LENGTH) return name;
  const words = name.split(/[\s,;(]+/);
  let short = words[0]!;
  for (const word of words.slice(1)) {
    if (short.length + 1 + word.length > SHORT_LENGTH) break;
    short += ` ${word}`;
  }
  return short.length <= SHORT_LENGTH ? short : `${short.slice(0, SHORT_LENGTH - 1)}…`;
}

/** Digits first, then letters of the upper row that no other command uses by itself. */
const KEYS = [
  ...Array.from({ length: 9 }, (_, i) => `Digit${i + 1}`),
  'Digit0',
  ...'QERTYOPASDGJLZXCVBM'.split('').map((letter) => `Key${letter}`),
];

/** Classes as the project keeps them, in the given order. */
export function labelClasses(classes: readonly { id: number; name: string; short: string }[]): LabelClass[] {
  return classes.map(({ id, name, short }, order) => ({
    id,
    name,
    short,
    colour: colourOf(order),
    key: KEYS[order] ?? null,
    order,
  }));
}

/** The palette, and from the ninth class on the same hues ever lighter. */
function colourOf(order: number): string {
  const base = CLASS_COLOURS[order % CLASS_COLOURS.length]!;
  const white = 1 - 0.6 ** Math.floor(order / CLASS_COLOURS.length);
  const channels = [1, 3, 5].map((at) => parseInt(base.slice(at, at + 2), 16));
  return `#${channels
    .map((c) =>
      Math.round(c + (255 - c) * white)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
