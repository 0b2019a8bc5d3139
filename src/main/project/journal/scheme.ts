import { CLASS_COLOURS } from '@shared/domain';
import type { ClassPart, LabelClass, LabelKind, LabelScheme } from '@shared/domain';
import { UserError } from '@shared/errors';

/**
 * The next version of a scheme. Class ids stay, so that no label loses its meaning; classes may be added.
 * @throws UserError `value-invalid` where names, keys or orders collide, a class would go or an id was used before
 */
export function changedScheme(old: LabelScheme, classes: readonly LabelClass[], positive: number | null): LabelScheme {
  const gone = old.classes.find((c) => !classes.some((n) => n.id === c.id));
  if (gone)
    throw new UserError(
      'value-invalid',
      `the class "${gone.name}" cannot be taken away, labels may stand on it: merge it into another one`,
    );
  const again = classes.find((c) => old.retired.some((r) => r.id === c.id));
  if (again) throw new UserError('value-invalid', `the number ${again.id} belonged to another class once`);
  return { ...old, version: old.version + 1, ...checkedClasses(classes, positive, old.kind) };
}

/**
 * Classes go into another one, and labels on them read as that one from now on. Labels themselves stay as they were given,
 * so that undo brings every one of them back.
 * @throws UserError `value-invalid`, `class-missing`
 */
export function mergedScheme(old: LabelScheme, from: readonly number[], into: number): LabelScheme {
  const going = [...new Set(from)].map((id) => classIn(old, id));
  classIn(old, into);
  if (going.length === 0 || going.some((c) => c.id === into))
    throw new UserError('value-invalid', 'say which other classes go into this one');
  if (old.kind === 'ordered') refuseGaps(old, [...going.map((c) => c.id), into]);
  const left = old.classes.filter((c) => !going.includes(c));
  if (left.length < (old.kind === 'answers' ? 1 : 2))
    throw new UserError('value-invalid', 'at least two classes have to be left');
  const positive = going.some((c) => c.id === old.positive) ? into : old.positive;
  return {
    ...old,
    version: old.version + 1,
    ...checkedClasses(inOrder(left), needsPositive(left, old.kind) ? (positive ?? into) : null, old.kind),
    retired: [...old.retired, ...going],
    merged: { ...old.merged, ...Object.fromEntries(going.map((c) => [c.id, into])) },
  };
}

/**
 * A class becomes several, at its place. Labels on it stand for none of them: its samples wait to be read anew, and still
 * say what they were.
 * @throws UserError `value-invalid`, `class-missing`
 */
export function splitScheme(old: LabelScheme, id: number, parts: readonly ClassPart[]): LabelScheme {
  const whole = classIn(old, id);
  if (parts.length < 2) throw new UserError('value-invalid', 'a class is split into two or more');
  const first = nextClassId(old);
  const free = CLASS_COLOURS.filter((colour) => !old.classes.some((c) => c.colour === colour));
  const made = parts.map(({ name, short }, i): LabelClass => ({
    id: first + i,
    name: name.trim(),
    short: (short ?? name).trim(),
    colour: i === 0 ? whole.colour : (free[i - 1] ?? CLASS_COLOURS[(first + i) % CLASS_COLOURS.length]!),
    key: i === 0 ? whole.key : null,
    order: 0,
  }));
  const classes = old.classes.flatMap((c) => (c === whole ? made : [c]));
  return {
    ...old,
    version: old.version + 1,
    ...checkedClasses(inOrder(classes), null, old.kind),
    retired: [...old.retired, whole],
    split: { ...old.split, [id]: made.map((c) => c.id) },
  };
}

/** A number that no class ever had. */
export function nextClassId({ classes, retired }: Pick<LabelScheme, 'classes' | 'retired'>): number {
  return Math.max(-1, ...classes.map((c) => c.id), ...retired.map((c) => c.id)) + 1;
}

/** @throws UserError `value-invalid` */
export function checkedClasses(
  classes: readonly LabelClass[],
  positive: number | null,
  kind: LabelKind,
): Pick<LabelScheme, 'classes' | 'positive'> {
  refuseTwice('id', classes, (c) => c.id);
  refuseTwice('name', classes, (c) => c.name);
  refuseTwice('short name', classes, (c) => c.short);
  refuseTwice('key', classes, (c) => c.key);
  refuseTwice('place', classes, (c) => c.order);
  if (needsPositive(classes, kind) ? !classes.some((c) => c.id === positive) : positive !== null)
    throw new UserError('value-invalid', 'with two classes one is the positive one, otherwise none');
  return { classes: [...classes].sort((a, b) => a.order - b.order), positive };
}

const needsPositive = (classes: readonly LabelClass[], kind: LabelKind): boolean =>
  kind !== 'answers' && classes.length === 2;

const inOrder = (classes: readonly LabelClass[]): LabelClass[] => classes.map((c, order) => ({ ...c, order }));

function classIn(scheme: LabelScheme, id: number): LabelClass {
  const found = scheme.classes.find((c) => c.id === id);
  if (!found) throw new UserError('class-missing', `there is no class number ${id} in this project`);
  return found;
}

/** Ranks that become one have to be neighbours, or the order means nothing. */
function refuseGaps({ classes }: LabelScheme, ids: readonly number[]): void {
  const places = ids.map((id) => classes.findIndex((c) => c.id === id)).sort((a, b) => a - b);
  if (places.at(-1)! - places[0]! !== places.length - 1)
    throw new UserError('value-invalid', 'only neighbouring classes of an order can be merged');
}

function refuseTwice(
  what: string,
  classes: readonly LabelClass[],
  of: (c: LabelClass) => string | number | null,
): void {
  const seen = new Set<string | number>();
  for (const c of classes) {
    const value = of(c);
    if (value === null) continue;
    if (seen.has(value)) throw new UserError('value-invalid', `two classes have the same ${what}, "${value}"`);
    seen.add(value);
  }
}
