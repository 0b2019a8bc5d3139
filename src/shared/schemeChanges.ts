import type { LabelScheme, SchemeChange } from './domain';

type Version = Pick<LabelScheme, 'classes' | 'retired' | 'merged' | 'split' | 'positive'>;

/** What a version of a scheme changed against the one before; empty where nothing that a person sees did. */
export function schemeChanges(before: Version, after: Version): SchemeChange[] {
  const was = new Map(before.classes.map((c) => [c.id, c]));
  const is = new Map(after.classes.map((c) => [c.id, c]));
  const name = (id: number): string => (is.get(id) ?? was.get(id))?.name ?? String(id);
  const parts = new Set<number>();
  const changes: SchemeChange[] = [];
  for (const c of before.classes) {
    if (is.has(c.id)) continue;
    const [into, split] = [after.merged[c.id], after.split[c.id]];
    if (split) {
      for (const part of split) parts.add(part);
      changes.push({ kind: 'split', name: c.name, parts: split.map(name) });
    } else if (into !== undefined) changes.push({ kind: 'merged', name: c.name, into: name(into) });
    else changes.push({ kind: 'removed', name: c.name });
  }
  for (const c of after.classes) {
    const old = was.get(c.id);
    if (!old) {
      const retired = before.retired.some((r) => r.id === c.id);
      if (!parts.has(c.id)) changes.push({ kind: retired ? 'restored' : 'added', name: c.name });
    } else if (old.name !== c.name) changes.push({ kind: 'renamed', name: old.name, to: c.name });
    else if (old.short !== c.short || old.colour !== c.colour || old.key !== c.key)
      changes.push({ kind: 'looks', name: c.name });
  }
  const order = ({ classes }: Version): number[] => classes.map((c) => c.id).filter((id) => was.has(id) && is.has(id));
  const moved = order(after).find((id, i) => order(before)[i] !== id);
  if (moved !== undefined && changes.length === 0) changes.push({ kind: 'looks', name: name(moved) });
  if (after.positive !== null && before.positive !== null && after.positive !== before.positive)
    changes.push({ kind: 'positive', name: name(after.positive) });
  return changes;
}
