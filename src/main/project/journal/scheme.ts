import type { LabelClass, LabelScheme } from '@shared/domain';
import { UserError } from '@shared/errors';

/**
 * The next version of a scheme. Class ids stay, so that no label loses its meaning; classes may be added.
 * @throws UserError `value-invalid` where names, keys or orders collide or a class would go
 */
export function changedScheme(old: LabelScheme, classes: readonly LabelClass[], positive: number | null): LabelScheme {
  const gone = old.classes.find((c) => !classes.some((n) => n.id === c.id));
  if (gone)
    throw new UserError('value-invalid', `the class "${gone.name}" cannot be taken away, labels may stand on it`);
  return { ...old, version: old.version + 1, ...checkedClasses(classes, positive) };
}

/** @throws UserError `value-invalid` */
export function checkedClasses(
  classes: readonly LabelClass[],
  positive: number | null,
): Pick<LabelScheme, 'classes' | 'positive'> {
  refuseTwice('id', classes, (c) => c.id);
  refuseTwice('name', classes, (c) => c.name);
  refuseTwice('short name', classes, (c) => c.short);
  refuseTwice('key', classes, (c) => c.key);
  refuseTwice('place', classes, (c) => c.order);
  if (classes.length === 2 ? !classes.some((c) => c.id === positive) : positive !== null)
    throw new UserError('value-invalid', 'with two classes one is the positive one, otherwise none');
  return { classes: [...classes].sort((a, b) => a.order - b.order), positive };
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
