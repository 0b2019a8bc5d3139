import type { LabelClass, LabelScheme } from '@shared/domain';
import { UserError } from '@shared/errors';
import { mergedInto } from '@shared/scheme';
import type { Project } from '../../project';
import { labelClasses, shortNames } from '../classes';
import type { DraftMaterial } from '../draft';

/**
 * Which of the project's classes the draft's are; names that it does not have yet become classes of a next version of its scheme.
 * @returns `ids` by the draft's number of a class; `scheme` null where nothing is new
 * @throws UserError `value-invalid` where one keeps classes and the other answers
 */
export function classesFor(
  { classTable }: DraftMaterial,
  project: Project,
): { ids: number[]; scheme: LabelScheme | null } {
  const { scheme } = project;
  if (classTable.names.length > 0 && (classTable.kind === 'answers') !== (scheme.kind === 'answers'))
    throw new UserError(
      'value-invalid',
      scheme.kind === 'answers'
        ? 'the project keeps answers to several questions, these files one class a sample: they do not fit each other'
        : 'the project keeps one class a sample, these files answers to several questions: they do not fit each other',
    );
  const free = Math.max(-1, ...[...scheme.classes, ...scheme.retired].map((c) => c.id)) + 1;
  const added: { id: number; name: string }[] = [];
  const ids = classTable.names.map((name) => {
    const found = scheme.classes.find((c) => c.name === name) ?? scheme.classes.find((c) => c.short === name);
    if (found) return found.id;
    // A name of before a merge means what it reads as now.
    const gone = scheme.retired.find((c) => c.name === name && scheme.merged[c.id] !== undefined);
    if (gone) return mergedInto(scheme, gone.id);
    // Numbers without names mean the classes by their order.
    const numbered = /^\d+$/.test(name) ? scheme.classes.find((c) => c.id === Number(name)) : undefined;
    if (numbered) return numbered.id;
    added.push({ id: free + added.length, name });
    return free + added.length - 1;
  });
  if (added.length === 0) return { ids, scheme: null };
  const shorts = shortNames([...scheme.classes.map((c) => c.short), ...added.map((c) => c.name)]);
  const all = [...scheme.classes, ...added.map((c, n) => ({ ...c, short: shorts[scheme.classes.length + n]! }))];
  const usual = labelClasses(all);
  const keys = new Set(scheme.classes.map((c) => c.key));
  const classes = all.map((c, order): LabelClass => {
    const own = scheme.classes.find((known) => known.id === c.id);
    if (own) return { ...own, order };
    const proposed = usual[order]!;
    const key = [proposed.key, ...usual.map((u) => u.key)].find((k) => k !== null && !keys.has(k)) ?? null;
    keys.add(key);
    return { ...proposed, key };
  });
  const positive = scheme.kind !== 'answers' && classes.length === 2 ? (scheme.positive ?? classes[1]!.id) : null;
  return { ids, scheme: { ...scheme, version: scheme.version + 1, classes, positive } };
}
